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
export { cocoMetrics } from './bootstrap/coco-metric.js';
export { type CompareOptions, compareRuns, holmAdjusted, type RunComparison } from './bootstrap/compare-runs.js';
export type { IntervalMethod } from './bootstrap/confidence.js';
export type { ImageId, ImageMetric, ImageMetrics } from './bootstrap/image-metric.js';
export { vocMetrics } from './bootstrap/voc-metric.js';
export { type CocoMapOptions, type CocoMapResult, cocoMap } from './coco-map.js';
export { type CocoImageTruths, type CocoSets, type CocoTruthObject, cocoSets } from './coco-sets.js';
export { type BoxMatchOptions, boxMatches } from './confusion/box-matches.js';
export { DetectionMatches, type ImageOverlaps } from './confusion/detection-matches.js';
export { bestF1, type OperatingPoint, pointAtScore } from './curve-points.js';
export type { ImageNote } from './image-register.js';
export {
  type PanopticCategoryResult,
  PanopticEvaluator,
  type PanopticGroupResult,
  type PanopticOptions,
  type PanopticQuality,
  type PanopticScore,
} from './panoptic/panoptic-quality.js';
export { id2rgb, rgb2id } from './panoptic/rgb-id.js';
export type { PanopticCategory, PanopticMap, PanopticSegment } from './panoptic/segments.js';
export { type BoundaryIou, boundaryIou, type MaskPair } from './semantic/boundary-iou.js';
export type { ClassSums } from './semantic/class-sums.js';
export { ConfusionMatrix, type ConfusionOptions } from './semantic/confusion-matrix.js';
export type { ImageCounts } from './semantic/image-counts.js';
export { type ImageScore, imageScores, semanticImageMetrics } from './semantic/image-metrics.js';
export type { LabelOptions } from './semantic/label-maps.js';
export {
  cityscapesLabels,
  type LabelArray,
  type LabelTable,
  reduceZeroLabel,
  VOID_CLASS,
} from './semantic/label-table.js';
export { type MeanConvention, meanConventions } from './semantic/mean-convention.js';
export {
  type ClassBoundaryIou,
  SemanticBoundary,
  type SemanticBoundaryIou,
  type SemanticBoundaryOptions,
} from './semantic/semantic-boundary.js';
export { type SemanticClassResult, type SemanticMetrics, semanticMetrics } from './semantic/semantic-metrics.js';
export { type Confusion, topConfusions } from './semantic/top-confusions.js';
export type { ClassMean } from './tide/average-precision.js';
export { tideErrors } from './tide/tide.js';
export { tideOfCoco } from './tide/tide-of-coco.js';
export {
  type TideClassResult,
  type TideDetection,
  type TideError,
  type TideErrorFilter,
  type TideErrorType,
  type TideObject,
  type TideOptions,
  type TideResult,
  type TideTruths,
  tideErrorTypes,
} from './tide/types.js';
export {
  type ImageTruths,
  type ScoredDetection,
  type TruthObject,
  type VocClassResult,
  VocEvaluator,
  type VocMapOptions,
  type VocMapRangeResult,
  type VocMapResult,
  vocIouRange,
  vocMap,
  vocMapRange,
} from './voc-map.js';
export type { ClassCurve } from './voc-matching.js';
export type { Box, VocCoordinates, VocRule } from './voc-rules.js';
