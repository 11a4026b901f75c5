export { Coco } from './coco.js';
export { CocoError } from './errors.js';
export type {
  CocoAnnotation,
  CocoCategory,
  CocoFile,
  CocoId,
  CocoImage,
  CocoRle,
  CocoSegmentation,
} from './types.js';
