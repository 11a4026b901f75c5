export { COCO, type CocoOptions } from './coco.js';
export type { CocoDataset } from './dataset.js';
export { CocoError } from './errors.js';
export type { EvalFinding } from './eval/checks.js';
export { COCOeval, type EvalOptions, type EvalResult, type EvalSet } from './eval/coco-eval.js';
export type { EvalImg, IouMatrix } from './eval/eval-imgs.js';
export { type IouType, Params } from './eval/params.js';
export type { CategoryResult, CurveOptions, PrecisionRecallCurve } from './eval/per-category.js';
export type { ByteStream, WebByteStream } from './json/chunks.js';
export * as mask from './mask/index.js';
export type { CocoProblem, CocoProblemCode } from './problems.js';
export type { AnnotationQuery, CategoryQuery, ImageQuery, OneOrMany } from './queries.js';
export type {
  CocoAnnotation,
  CocoBox,
  CocoBoxResult,
  CocoCaptionResult,
  CocoCategory,
  CocoFile,
  CocoId,
  CocoImage,
  CocoKeypointResult,
  CocoMaskResult,
  CocoResult,
  CocoRle,
  CocoSegmentation,
  PanopticAnnotation,
  PanopticFile,
  PanopticSegment,
} from './types.js';
