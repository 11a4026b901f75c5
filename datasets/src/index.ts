export { type ClassMap, vocClasses } from './classes.js';
export { decodeImage, type RgbImage, readImageSize } from './image.js';
export { datasetSplits, type OpenOptions, openDataset } from './open-dataset.js';
export type { ProblemPolicy } from './problems.js';
export type { Box, DataProblem, DetectionDataset, DetectionObject, DetectionSample, ProblemKind } from './types.js';
