export { findVocRoots, VocFolder, type VocRoot, type VocTask } from './devkit.js';
export { VocError } from './errors.js';
export { parseImageList, type VocListEntry } from './lists.js';
export { parseAnnotation } from './parse.js';
export { serializeAnnotation } from './serialize.js';
export type { VocAnnotation, VocBox, VocObject, VocPart } from './types.js';
