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
