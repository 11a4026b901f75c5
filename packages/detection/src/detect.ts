import { shapeError } from '@onebit/common';
import { asReading, type MaybeReading, type Reading, runReadingSync } from '@onebit/ops';
import { bestAbove, type Table } from './boxes/best-above.js';
import { decodeBoxes, takeRows } from './boxes/coding.js';
import { suppress } from './boxes/nms.js';

/** A found object. */
export interface Detection {
  /** Corners x1, y1, x2, y2 in pixels of the original image, 0-based and half-open, inside the image. */
  readonly box: readonly [number, number, number, number];
  /** 0-based class without background. */
  readonly label: number;
  /** Class probability in (0, 1]. */
  readonly score: number;
}

export interface DetectOptions {
  /** Only scores strictly above this are looked at; default 0.01. */
  readonly scoreThreshold?: number;
  /** IoU above which the lower of two boxes of a class is dropped; default 0.45. */
  readonly iou?: number;
  /** Candidates of a class that take part in suppression; default 200. */
  readonly topK?: number;
  /** Detections of an image over all classes, the best ones; default 100. */
  readonly maxDetections?: number;
}

/** What survives of one class in one image. */
export interface ClassDetections {
  readonly label: number;
  /** `[K]` index of the prior each detection comes from, best first. */
  readonly priors: Int32Array;
  /** `[K]` descending. */
  readonly scores: Float32Array;
  /** `[K, 4]` corners relative to the image, not clipped. */
  readonly boxes: Float32Array;
}

/** The raw predictions for one image as the box and class rows of its priors. */
export interface ImagePredictions {
  /** `[P, 4]` box offsets. */
  readonly offsets: Float32Array;
  /** `[P, C + 1]` class probabilities, background first. */
  readonly probabilities: Float32Array;
}

/** The raw predictions for a batch; rows run over image, then prior. */
export interface TablePredictions {
  /** Box offsets `[rows, 4]` of some rows. */
  readonly offsetsOf: (rows: Int32Array) => MaybeReading<Float32Array>;
  /** `[B * P, columns]` class probabilities, background first. */
  readonly probabilities: Table;
  readonly columns: number;
}

/** A class to look for in an image of a batch. */
export interface ClassQuery {
  readonly image: number;
  /** 0-based class without background. */
  readonly label: number;
}

/**
 * SSD's Detect for some classes of the images of a batch: probabilities strictly above the threshold, decoded, suppressed class by class
 * (bidet.md section 6.4).
 * @param priors `[P, 4]` (cx, cy, w, h)
 * @returns what survives of each query; `priors` are those of its image
 */
export function* detectQueries(
  { offsetsOf, probabilities, columns }: TablePredictions,
  priors: Float32Array,
  queries: readonly ClassQuery[],
  { scoreThreshold = 0.01, iou = 0.45, topK = 200 }: DetectOptions = {},
): Reading<ClassDetections[]> {
  const count = priors.length / 4;
  const rankings = queries.map(({ image, label }) => ({ start: image * count, column: label + 1 }));
  // Cut to the top before decoding: of thousands of candidates suppression sees `topK`.
  const limits = { threshold: scoreThreshold, limit: topK };
  const candidates = yield* bestAbove(probabilities, columns, count, rankings, limits);
  const ends = new Int32Array(candidates.length);
  let total = 0;
  for (const [g, { scores }] of candidates.entries()) ends[g] = total += scores.length;
  const rows = new Int32Array(total);
  for (const [g, group] of candidates.entries()) rows.set(group.rows, ends[g] - group.rows.length);
  const ofImage = rows.map((row) => row % count);
  const boxes = decodeBoxes(yield* asReading(offsetsOf(rows)), takeRows(priors, 4, ofImage));
  const kept = suppress(boxes, ends, iou);
  return queries.map(({ label }, g) => {
    const { scores } = candidates[g];
    const begin = ends[g] - scores.length;
    const stay: number[] = [];
    for (let k = begin; k < ends[g]; k++) if (kept[k] === 1) stay.push(k);
    return {
      label,
      priors: Int32Array.from(stay, (k) => ofImage[k]),
      scores: Float32Array.from(stay, (k) => scores[k - begin]),
      boxes: takeRows(boxes, 4, stay),
    };
  });
}

/** {@link detectQueries} for some classes of one image. */
export function detectClasses(
  { offsets, probabilities }: ImagePredictions,
  priors: Float32Array,
  labels: Iterable<number>,
  options: DetectOptions = {},
): ClassDetections[] {
  const columns = probabilities.length / (priors.length / 4);
  const predictions = { offsetsOf: (rows: Int32Array) => takeRows(offsets, 4, rows), probabilities, columns };
  const queries = Array.from(labels, (label) => ({ image: 0, label }));
  return runReadingSync(detectQueries(predictions, priors, queries, options)); // all values are at hand
}

/**
 * Detections of one image over all classes: {@link detectClasses}, the best `maxDetections`, scaled to the original image and clipped to it. Boxes that have
 * no area inside the image are left out. Best first; equal scores by class, then by order of suppression.
 * @param size [height, width] of the original image in pixels
 */
function detectImage(
  predictions: ImagePredictions,
  priors: Float32Array,
  [height, width]: readonly [number, number],
  options: DetectOptions = {},
): Detection[] {
  const classes = predictions.probabilities.length / (priors.length / 4) - 1;
  const found = detectClasses(predictions, priors, Array(classes).keys(), options).flatMap(({ label, scores, boxes }) =>
    Array.from(scores, (score, k): Detection => {
      const [x1, y1, x2, y2] = boxes.subarray(k * 4, k * 4 + 4);
      const box = [
        clip(x1 * width, width),
        clip(y1 * height, height),
        clip(x2 * width, width),
        clip(y2 * height, height),
      ];
      return { box: box as unknown as Detection['box'], label, score };
    }),
  );
  return found
    .filter(({ box: [x1, y1, x2, y2] }) => x2 > x1 && y2 > y1)
    .sort((a, b) => b.score - a.score)
    .slice(0, options.maxDetections ?? 100);
}

const clip = (value: number, limit: number) => Math.min(Math.max(value, 0), limit);

/** Raw outputs of a batch as typed arrays. */
export interface BatchPredictions {
  /** `[B, P, 4]` offsets or `[B, P, 8]` log-variances, then offsets. */
  readonly loc: Float32Array;
  /** `[B, P, C + 1]` logits, background first. */
  readonly logits: Float32Array;
}

/**
 * Detections of every image of a batch from the network's raw outputs.
 * @param priors `[P, 4]` (cx, cy, w, h)
 * @param sizes [height, width] of each original image; their number is B
 */
export function detectBatch(
  { loc, logits }: BatchPredictions,
  priors: Float32Array,
  sizes: readonly (readonly [number, number])[],
  options: DetectOptions = {},
): Detection[][] {
  const rows = sizes.length * (priors.length / 4);
  const columns = logits.length / rows;
  const locColumns = loc.length / rows;
  if (rows > 0 && !(Number.isInteger(columns) && columns >= 2)) {
    throw shapeError('detectBatch', 'logits', `${sizes.length} images x ${priors.length / 4} priors x classes`, [
      logits.length,
    ]);
  }
  if (rows > 0 && locColumns !== 4 && locColumns !== 8) {
    throw shapeError('detectBatch', 'loc', `${sizes.length} images x ${priors.length / 4} priors x 4 or 8`, [
      loc.length,
    ]);
  }
  return sizes.map((size, b) => {
    const slice = (data: Float32Array) =>
      data.subarray((b * data.length) / sizes.length, ((b + 1) * data.length) / sizes.length);
    const predictions = {
      offsets: meanOffsets(slice(loc), locColumns),
      probabilities: softmaxRows(slice(logits), columns),
    };
    return detectImage(predictions, priors, size, options);
  });
}

/** The offsets in rows that may hold log-variances first: at test time nothing is sampled (bidet.md section 4.4). */
export function meanOffsets(loc: Float32Array, columns: number): Float32Array {
  if (columns === 4) return loc;
  const out = new Float32Array((loc.length / columns) * 4);
  for (let i = 0; i < out.length; i++) out[i] = loc[(i >> 2) * columns + columns - 4 + (i & 3)];
  return out;
}

/** Softmax of each row of a `[N, columns]` table. */
export function softmaxRows(logits: Float32Array, columns: number): Float32Array {
  const out = new Float32Array(logits.length);
  for (let at = 0; at < logits.length; at += columns) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < columns; k++) largest = Math.max(largest, logits[at + k]);
    let sum = 0;
    for (let k = 0; k < columns; k++) {
      const power = Math.exp(logits[at + k] - largest);
      out[at + k] = power;
      sum += power;
    }
    for (let k = 0; k < columns; k++) out[at + k] /= sum;
  }
  return out;
}
