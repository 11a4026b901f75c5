export { vocClasses } from 'pascal-voc-parser';
export type { AugmentPreset, PictureOptions } from './augment/augment.js';
export type { Interpolation } from './augment/resample.js';
export type { ClassMap } from './classes.js';
export { type GratingsOptions, makeGratings } from './classification/gratings.js';
export {
  type ClassificationBatch,
  type ClassificationLoader,
  type ClassificationLoaderOptions,
  type ClassificationLoaderStatistics,
  type CommonClassificationLoaderOptions,
  createClassificationEvaluationLoader,
  createClassificationLoader,
} from './classification/loader.js';
export { classificationSplits, type OpenClassificationOptions, openClassification } from './classification/open.js';
export type { ClassificationDataset, ClassificationSample } from './classification/types.js';
export type { ClassificationAugment } from './classification/view.js';
export { type GeneratedSet, makeGeneratedSet, makeShapesSet } from './generated/make-set.js';
export {
  type GeneratedSetOptions,
  type ImageSize,
  type SetOptions,
  type ShapesSetOptions,
  type SizePreset,
  sizePresets,
} from './generated/options.js';
export { type GeneratedPart, generatedParts } from './generated/styles.js';
export { decodeImage, type RgbImage, readImageSize } from './image.js';
export { type CheckIssue, type CheckOptions, type CheckReport, checkDataset, type IssueKind } from './inspect/check.js';
export { type DrawnBox, type DrawOptions, drawDetections, type Rgb } from './inspect/draw.js';
export { type ShowOptions, showSamples } from './inspect/show.js';
export { type DatasetStats, datasetStats, type Histogram } from './inspect/stats.js';
export { createEvaluationLoader, createLoader, loaderDefaults } from './loader/loader.js';
export type {
  CommonLoaderOptions,
  DetectionBatch,
  DetectionLoader,
  DetectionTarget,
  LoaderOptions,
  LoaderStatistics,
} from './loader/types.js';
export { normalizations } from './normalization.js';
export { datasetSplits, type OpenOptions, openDataset } from './open-dataset.js';
export type { ProblemPolicy } from './problems.js';
export type { Box, DataProblem, DetectionDataset, DetectionObject, DetectionSample, ProblemKind } from './types.js';
