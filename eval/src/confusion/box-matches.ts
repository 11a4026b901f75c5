import type { ImageTruths, ScoredDetection } from '../voc-map.js';
import { type VocCoordinates, vocOverlap } from '../voc-rules.js';
import { DetectionMatches } from './detection-matches.js';

export interface BoxMatchOptions {
  /** Number of classes. */
  readonly classes: number;
  /** Overlap that a match needs at least; default 0.5. */
  readonly iou?: number;
  /** Default `continuous`. */
  readonly coordinates?: VocCoordinates;
}

/** {@link DetectionMatches} of boxes; difficult objects are ignored. Detections of images that are not among the truths are left out. */
export function boxMatches(
  truths: Iterable<ImageTruths>,
  detections: Iterable<ScoredDetection>,
  { classes, iou = 0.5, coordinates = 'continuous' }: BoxMatchOptions,
): DetectionMatches {
  const ofImage = new Map<string, ScoredDetection[]>();
  for (const detection of detections) {
    const list = ofImage.get(detection.image);
    if (list) list.push(detection);
    else ofImage.set(detection.image, [detection]);
  }
  const matches = new DetectionMatches(classes, iou);
  const sideOffset = coordinates === 'voc-file' ? 1 : 0;
  for (const { id, objects } of truths) {
    const found = ofImage.get(id) ?? [];
    matches.addImage({
      truths: objects.map(({ label, difficult }) => ({ label, ignored: difficult })),
      detections: found,
      overlaps: found.flatMap(({ box }) => objects.map((object) => vocOverlap(object.box, box, sideOffset))),
    });
  }
  return matches;
}
