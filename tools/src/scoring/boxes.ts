import type { Box, ImageTruths, ScoredDetection, VocCoordinates } from '@onebit/eval';

/** The objects of a ground truth as boxes, whatever files they came from. Labels are indices into `classes`. */
export interface TruthBoxes {
  readonly classes: readonly string[];
  readonly coordinates: VocCoordinates;
  readonly images: readonly ImageTruths[];
  readonly notes: readonly string[];
}

/** Detections in the coordinates of the ground truth they belong to. */
export interface DetectedBoxes {
  readonly detections: readonly ScoredDetection[];
  readonly notes: readonly string[];
}

/** A ground truth and what was found of it, in the same coordinates and classes. */
export interface BoxSet {
  readonly truth: TruthBoxes;
  readonly found: DetectedBoxes;
}

/** COCO's [x, y, width, height], 0-based, as corners in other coordinates. */
export function fromCoco([x, y, w, h]: Box, coordinates: VocCoordinates): Box {
  return coordinates === 'continuous' ? [x, y, x + w, y + h] : [x + 1, y + 1, x + w, y + h];
}

/** The same objects in VOC's 1-based coordinates with both ends inside. */
export function inVocCoordinates(truth: TruthBoxes): TruthBoxes {
  if (truth.coordinates === 'voc-file') return truth;
  const images = truth.images.map(({ id, objects }) => ({
    id,
    objects: objects.map((object) => {
      const [x1, y1, x2, y2] = object.box;
      return { ...object, box: [x1 + 1, y1 + 1, x2, y2] as const };
    }),
  }));
  return { ...truth, coordinates: 'voc-file', images };
}
