export { Coco } from './coco.js';
export { CocoError } from './errors.js';
export { COCOeval, type EvalResult } from './eval/coco-eval.js';
export { type IouType, Params } from './eval/params.js';
export * as mask from './mask/index.js';
export type {
  CocoAnnotation,
  CocoCategory,
  CocoFile,
  CocoId,
  CocoImage,
  CocoRle,
  CocoSegmentation,
} from './types.js';
