export type { Bitmap } from './bitmap.js';
export { countsOf, stringOf } from './counts-string.js';
export { area, decode, encode, frPyObjects, iou, merge, toBbox } from './mask.js';
export type { Rle } from './rle.js';
export type { MaskOptions } from './runs.js';
