export type { ParseOptions, VocFinding, VocFindingCode, VocMode } from './annotation/findings.js';
export { parseAnnotation } from './annotation/parse.js';
export { serializeAnnotation } from './annotation/serialize.js';
export type { VocAnnotation, VocBox, VocElement, VocObject, VocPart } from './annotation/types.js';
export { vocClasses } from './classes.js';
export { findVocRoots, VocFolder, type VocRoot } from './devkit.js';
export { VocError } from './errors.js';
export {
  classFlag,
  parseImageList,
  serializeImageList,
  type VocFlag,
  type VocListEntry,
  type VocTask,
} from './lists.js';
export { vocColour, vocPalette, vocVoid } from './masks/palette.js';
export { readMask, type VocMask } from './masks/read-mask.js';
export { writeMask } from './masks/write-mask.js';
export {
  detectron2Decimals,
  parseResults,
  type ResultsDecimals,
  serializeResults,
  type VocDetection,
} from './results/detections.js';
export {
  type DetectionResults,
  detectionFileName,
  listSegmentationResults,
  type ReadResultsOptions,
  readDetectionResults,
  type Submission,
  segmentationFolderName,
  writeDetectionResults,
} from './results/folders.js';
