import type { ImageMetrics } from '../bootstrap/image-metric.js';
import { weightedClassSums } from './class-sums.js';
import { type ConfusionMatrix, classSumsOf } from './confusion-matrix.js';
import { ImageCounts } from './image-counts.js';
import type { MeanConvention } from './mean-convention.js';
import { metricsOfSums } from './semantic-metrics.js';

const scores = {
  mIoU: 'mIoU',
  pixelAccuracy: 'pixel accuracy',
  meanAccuracy: 'mean accuracy',
  frequencyWeightedIoU: 'frequency-weighted IoU',
  meanDice: 'mean Dice',
} as const;
const scoreKeys = Object.keys(scores) as (keyof typeof scores)[];

/**
 * The metrics of the set, and the IoU of every class after them, with images counted any number of times: for {@link bootstrapIntervals}
 * and {@link bootstrapDifferences}. Pooled over the pixels of a draw, never a mean of values of images. The matrix must keep its images;
 * what is added to it later is not seen.
 * @throws OnebitError ERR_USAGE unless the matrix was made with `keepImages`.
 */
export function semanticImageMetrics(matrix: ConfusionMatrix, convention: MeanConvention): ImageMetrics {
  const { classes, perImage } = matrix;
  const n = classes.length;
  const sums = classSumsPerImage(perImage, n);
  return {
    names: [...Object.values(scores), ...classes.map((name) => `IoU of ${name}`)].map(
      (name) => `${name} (${convention})`,
    ),
    images: sums.ids.length,
    imageIds: sums.ids,
    values: (weights) => {
      const metrics = metricsOfSums(classes, weightedClassSums(sums, n, weights), convention);
      return [...scoreKeys.map((key) => metrics[key]), ...metrics.perClass.map(({ iou }) => iou)];
    },
  };
}

/** Scores of one image by itself. They do not average to those of the set. */
export interface ImageScore {
  readonly id: string;
  readonly mIoU: number;
  /** How many classes `mIoU` is over. */
  readonly classesInMean: number;
  readonly pixelAccuracy: number;
  /** Pixels that count. */
  readonly pixels: number;
}

/**
 * Each image scored by itself, worst mIoU first, images in which no pixel counts last: to find pictures to look at. Their mean is not the
 * mIoU of the set and must not be reported as one.
 * @throws OnebitError ERR_USAGE unless the matrix was made with `keepImages`.
 */
export function imageScores(matrix: ConfusionMatrix, convention: MeanConvention): ImageScore[] {
  const { classes, perImage } = matrix;
  const n = classes.length;
  const cells = new Float64Array(n * n + n);
  const scored = perImage.ids.map((id, i): ImageScore => {
    cells.fill(0);
    perImage.addTo(cells, i);
    const { mIoU, classesInMean, pixelAccuracy, pixels } = metricsOfSums(classes, classSumsOf(cells, n), convention);
    return { id, mIoU, classesInMean, pixelAccuracy, pixels };
  });
  const rank = ({ mIoU }: ImageScore) => (Number.isNaN(mIoU) ? Number.POSITIVE_INFINITY : mIoU);
  return scored.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
}

/** The 3 N class sums of each image, from its n x n + n cells. */
function classSumsPerImage(perImage: ImageCounts, n: number): ImageCounts {
  const result = new ImageCounts();
  const sums = new Float64Array(3 * n);
  perImage.ids.forEach((id, i) => {
    sums.fill(0);
    for (let k = perImage.offsets[i]; k < perImage.offsets[i + 1]; k++) {
      const cell = perImage.cells[k];
      const count = perImage.counts[k];
      const missed = cell >= n * n;
      const truth = missed ? cell - n * n : Math.floor(cell / n);
      sums[n + truth] += count;
      if (missed) continue;
      sums[2 * n + (cell % n)] += count;
      if (cell % n === truth) sums[truth] += count;
    }
    result.pushDense(id, sums);
  });
  return result;
}
