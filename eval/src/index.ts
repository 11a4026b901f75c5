export type { ApMetric } from './average-precision.js';
export {
  type BootstrapDifference,
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapDifference,
  bootstrapDifferences,
  bootstrapInterval,
  bootstrapIntervals,
} from './bootstrap/bootstrap.js';
export type { IntervalMethod } from './bootstrap/confidence.js';
export type { ImageId, ImageMetric, ImageMetrics } from './bootstrap/image-metric.js';
export { vocMetrics } from './bootstrap/voc-metric.js';
export type { ClassSums } from './semantic/class-sums.js';
export { ConfusionMatrix, type ConfusionOptions } from './semantic/confusion-matrix.js';
export type { ImageCounts } from './semantic/image-counts.js';
export { type ImageScore, imageScores, semanticImageMetrics } from './semantic/image-metrics.js';
export type { ImageNote, LabelOptions } from './semantic/label-maps.js';
export {
  cityscapesLabels,
  type LabelArray,
  type LabelTable,
  reduceZeroLabel,
  VOID_CLASS,
} from './semantic/label-table.js';
export { type MeanConvention, meanConventions } from './semantic/mean-convention.js';
export { type SemanticClassResult, type SemanticMetrics, semanticMetrics } from './semantic/semantic-metrics.js';
export { type Confusion, topConfusions } from './semantic/top-confusions.js';
export {
  type ImageTruths,
  type ScoredDetection,
  type TruthObject,
  type VocClassResult,
  VocEvaluator,
  type VocMapOptions,
  type VocMapResult,
  vocMap,
} from './voc-map.js';
export type { ClassCurve } from './voc-matching.js';
export type { Box, VocCoordinates, VocRule } from './voc-rules.js';
