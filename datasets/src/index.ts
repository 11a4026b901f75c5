export type { Box, DataProblem, DetectionDataset, DetectionObject, DetectionSample, ProblemKind } from './types.js';
