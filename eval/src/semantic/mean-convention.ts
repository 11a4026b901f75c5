import { unknownName } from '@onebit/common';
import { pairwiseSum } from '../pairwise-sum.js';

interface MeanRule {
  /** Whether a class takes part in the mean, from its pixels in the truth and in the predictions. */
  enters(truth: number, predicted: number): boolean;
  /** Value of a class that takes part without a pixel on either side, where its ratio is 0/0. */
  readonly absent: number;
}

const meanRules = {
  voc: { enters: (truth, predicted) => truth + predicted > 0, absent: Number.NaN },
  detectron2: { enters: (truth) => truth > 0, absent: Number.NaN },
  'pytorch-encoding': { enters: () => true, absent: 0 },
  'voc-devkit': { enters: () => true, absent: Number.NaN },
} satisfies Record<string, MeanRule>;

/**
 * Which classes a mean is over. They differ only where a class is missing from the truth of the whole set:
 * - `voc`: classes with a pixel in truth or prediction: mmsegmentation, torchmetrics' Jaccard index, pytorch-deeplab-xception, Cityscapes.
 * - `detectron2`: classes with a pixel in the truth; false alarms of the others cost nothing by themselves.
 * - `pytorch-encoding`: all classes, an absent one as 0: also Group-Net's published code and ADE20K's own script.
 * - `voc-devkit`: all classes, an absent one as NaN, which makes the mean NaN: VOCevalseg.m.
 */
export type MeanConvention = keyof typeof meanRules;

/** The conventions by name. */
export const meanConventions = Object.keys(meanRules) as readonly MeanConvention[];

/**
 * Whether each class takes part, from its pixels on both sides, [N].
 * @throws OnebitError ERR_UNKNOWN_NAME.
 */
export function classesInMean(truth: Float64Array, predicted: Float64Array, convention: MeanConvention): boolean[] {
  const rule: MeanRule | undefined = meanRules[convention];
  if (rule === undefined) throw unknownName('mean over classes', convention, meanConventions);
  return Array.from(truth, (pixels, i) => rule.enters(pixels, predicted[i]));
}

/** Mean of the ratios of the classes that take part under a convention; NaN if none does. */
export function meanOverClasses(values: readonly number[], inMean: boolean[], convention: MeanConvention): number {
  const { absent } = meanRules[convention];
  return meanWhere(
    values.map((value) => (Number.isNaN(value) ? absent : value)),
    inMean,
  );
}

/**
 * Mean of the values that take part; NaN if none does. The others stay in the sum as zeros, as in NumPy's `nanmean`: the order of additions
 * decides the last bit.
 */
export function meanWhere(values: readonly number[], takesPart: readonly boolean[]): number {
  return pairwiseSum(values.map((value, i) => (takesPart[i] ? value : 0))) / takesPart.filter(Boolean).length;
}
