import type { Box, ScoredDetection, TideTruths, VocCoordinates } from '@onebit/eval';

/** The objects of a ground truth as boxes, whatever files they came from. Labels are indices into `classes`. */
export interface TruthBoxes {
  readonly classes: readonly string[];
  readonly coordinates: VocCoordinates;
  readonly images: readonly TideTruths[];
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

/** COCO's [x, y, width, height], 0-based, as corners. */
export function fromCoco(bbox: ArrayLike<number>): Box {
  const [x, y, w, h] = Array.from(bbox);
  return [x, y, x + w, y + h];
}

/** The same boxes in other coordinates: VOC's are 1-based with both ends inside, continuous ones 0-based and half open. */
export function inCoordinates(set: BoxSet, coordinates: VocCoordinates): BoxSet {
  const { truth, found } = set;
  if (truth.coordinates === coordinates) return set;
  const shift = coordinates === 'voc-file' ? 1 : -1;
  const moved = <T extends { readonly box: Box }>(item: T): T => {
    const [x1, y1, x2, y2] = item.box;
    return { ...item, box: [x1 + shift, y1 + shift, x2, y2] };
  };
  const images = truth.images.map(({ id, objects }) => ({ id, objects: objects.map(moved) }));
  return {
    truth: { ...truth, coordinates, images },
    found: { ...found, detections: found.detections.map(moved) },
  };
}
