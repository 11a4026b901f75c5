import { pairwiseSum } from '../pairwise-sum.js';
import type { ClassSums } from './class-sums.js';
import type { ConfusionMatrix } from './confusion-matrix.js';
import { classesInMean, type MeanConvention, meanOverClasses, meanWhere } from './mean-convention.js';

/** One class over the whole set. A ratio without a denominator is NaN. */
export interface SemanticClassResult {
  readonly name: string;
  /** Intersection over union. */
  readonly iou: number;
  /** Share of its truth pixels that were found (recall). */
  readonly accuracy: number;
  /** Share of its predicted pixels that are right. */
  readonly precision: number;
  /** Dice coefficient, F1. */
  readonly dice: number;
  readonly truthPixels: number;
  readonly predictedPixels: number;
  /** Whether it takes part in `mIoU` and `meanDice`. */
  readonly inMean: boolean;
}

export interface SemanticMetrics {
  readonly convention: MeanConvention;
  /** Mean of the classes' IoU, in [0, 1]. */
  readonly mIoU: number;
  /** How many classes `mIoU` and `meanDice` are over. */
  readonly classesInMean: number;
  readonly meanDice: number;
  /** Right pixels / pixels with a class. */
  readonly pixelAccuracy: number;
  /** Mean accuracy of the classes with truth pixels, under every convention. */
  readonly meanAccuracy: number;
  /** How many classes `meanAccuracy` is over. */
  readonly classesInMeanAccuracy: number;
  /** IoU of the classes weighted with their share of the truth's pixels. */
  readonly frequencyWeightedIoU: number;
  /** Sum of the intersections / sum of the unions. */
  readonly microIoU: number;
  /** Pixels that count, i.e. with a class in the truth. */
  readonly pixels: number;
  readonly perClass: readonly SemanticClassResult[];
}

/**
 * Metrics of semantic segmentation from the counts of the whole set (Long, Shelhamer, Darrell, CVPR 2015, section 5; Everingham et al.,
 * IJCV 2010). There is no default convention: the means of the tools differ by points as soon as a class is absent.
 */
export function semanticMetrics(matrix: ConfusionMatrix, convention: MeanConvention): SemanticMetrics {
  return metricsOfSums(matrix.classes, matrix.classSums(), convention);
}

/** {@link semanticMetrics} from sums. */
export function metricsOfSums(
  classes: readonly string[],
  sums: ClassSums,
  convention: MeanConvention,
): SemanticMetrics {
  const { intersection, truth, predicted } = sums;
  const inMean = classesInMean(truth, predicted, convention);
  const perClass = classes.map((name, i) => classResult(name, intersection[i], truth[i], predicted[i], inMean[i]));
  const mean = (values: readonly number[]) => meanOverClasses(values, inMean, convention);
  const withTruth = Array.from(truth, (count) => count > 0);
  const pixels = pairwiseSum(truth);
  const right = pairwiseSum(intersection);
  const weightedIoUs = perClass
    .filter(({ truthPixels }) => truthPixels > 0)
    .map(({ truthPixels, iou }) => (truthPixels / pixels) * iou);
  return {
    convention,
    mIoU: mean(perClass.map(({ iou }) => iou)),
    classesInMean: inMean.filter(Boolean).length,
    meanDice: mean(perClass.map(({ dice }) => dice)),
    pixelAccuracy: right / pixels,
    meanAccuracy: meanWhere(
      perClass.map(({ accuracy }) => accuracy),
      withTruth,
    ),
    classesInMeanAccuracy: withTruth.filter(Boolean).length,
    frequencyWeightedIoU: pixels > 0 ? pairwiseSum(weightedIoUs) : Number.NaN,
    microIoU: right / (pixels + pairwiseSum(predicted) - right),
    pixels,
    perClass,
  };
}

function classResult(
  name: string,
  right: number,
  truthPixels: number,
  predictedPixels: number,
  inMean: boolean,
): SemanticClassResult {
  const both = truthPixels + predictedPixels;
  return {
    name,
    iou: right / (both - right),
    accuracy: right / truthPixels,
    precision: right / predictedPixels,
    dice: (2 * right) / both,
    truthPixels,
    predictedPixels,
    inMean,
  };
}
