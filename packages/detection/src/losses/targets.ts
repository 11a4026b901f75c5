import { shapeError } from '@onebit/common';
import { centresToCorners, encodeBoxes, takeRows } from '../boxes/coding.js';
import { matchPriors } from '../boxes/matcher.js';

/** The objects of one image as a loader delivers them. */
export interface DetectionTargets {
  /** `[T, 4]` corners relative to the image. */
  readonly boxes: Float32Array;
  /** `[T]` 0-based classes without background. */
  readonly labels: Int32Array;
  /** `[T]` 1 where an object is difficult: it is not matched, as the official training drops such objects. */
  readonly difficult?: Uint8Array;
}

/** What the priors of a batch should predict. Rows run over image, then prior. */
export interface MatchedBatch {
  /** `[B * P]` class + 1, or 0 for background. */
  readonly classes: Int32Array;
  /** Rows with a class, ascending. */
  readonly positives: Int32Array;
  /** `[positives, 4]` box offsets those rows should predict. */
  readonly offsets: Float32Array;
  /** `[B][C]` number of objects of each class present, by image. */
  readonly present: readonly ReadonlyMap<number, number>[];
}

/** Matches the truths of each image with the priors `[P, 4]` (cx, cy, w, h); a prior of IoU >= `threshold` is positive. */
export function matchBatch(
  targets: readonly DetectionTargets[],
  priors: Float32Array,
  threshold: number,
): MatchedBatch {
  const count = priors.length / 4;
  const easy = targets.map(withoutDifficult);
  const { truth, overlap } = matchPriors(
    easy.map(({ boxes }) => boxes),
    centresToCorners(priors),
  );
  const classes = new Int32Array(targets.length * count);
  const positives: number[] = [];
  for (let row = 0; row < classes.length; row++) {
    if (truth[row] < 0 || overlap[row] < threshold) continue;
    classes[row] = easy[Math.floor(row / count)].labels[truth[row]] + 1;
    positives.push(row);
  }
  const matched = new Float32Array(positives.length * 4);
  for (const [k, row] of positives.entries()) {
    const { boxes } = easy[Math.floor(row / count)];
    matched.set(boxes.subarray(truth[row] * 4, truth[row] * 4 + 4), k * 4);
  }
  const ofImage = positives.map((row) => row % count);
  const offsets = encodeBoxes(matched, takeRows(priors, 4, ofImage));
  const present = easy.map(({ labels }) => countLabels(labels));
  return { classes, positives: Int32Array.from(positives), offsets, present };
}

function withoutDifficult({ boxes, labels, difficult }: DetectionTargets): DetectionTargets {
  if (boxes.length !== labels.length * 4) {
    throw shapeError('matchBatch', 'boxes', `[${labels.length}, 4] as there are ${labels.length} labels`, [
      boxes.length,
    ]);
  }
  if (difficult === undefined || !difficult.includes(1)) return { boxes, labels };
  const easy = [...labels.keys()].filter((t) => difficult[t] === 0);
  return { boxes: takeRows(boxes, 4, easy), labels: Int32Array.from(easy, (t) => labels[t]) };
}

function countLabels(labels: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const label of [...labels].sort((a, b) => a - b)) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}
