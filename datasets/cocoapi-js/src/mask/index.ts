export type { Bitmap, DecodedBitmap } from './bitmap.js';
export { countsOf, stringOf } from './counts-string.js';
export { area, decode, encode, iou, merge, toBbox } from './mask.js';
export { frPyObjects } from './objects.js';
export type { Rle } from './rle.js';
export type { MaskOptions } from './runs.js';
