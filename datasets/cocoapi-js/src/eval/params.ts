import type { CocoId } from '../types.js';

/** What is compared: boxes or masks. */
export type IouType = 'bbox' | 'segm';

/** Parameters of an evaluation, with pycocotools' names and defaults. Change them before `evaluate()`. */
export class Params {
  /** Images to evaluate; made unique and sorted by `evaluate()`. Default: all of the ground truth. */
  imgIds: CocoId[];
  /** Categories to evaluate; made unique and sorted by `evaluate()` when `useCats` is 1. Default: all of the ground truth. */
  catIds: CocoId[];
  /** [T] IoU a detection needs at least. Default 0.5, 0.55, …, 0.95. */
  iouThrs: number[];
  /** [R] Recalls at which the precision is read. Default 0, 0.01, …, 1. */
  recThrs: number[];
  /** [M] Detections of an image and category that count, the best first; sorted by `evaluate()`. Default 1, 10, 100. */
  maxDets: number[] = [1, 10, 100];
  /** [A] Ranges of object areas in square pixels, both ends included. Default all, small, medium, large. */
  areaRng: [low: number, high: number][] = [
    [0, 1e10],
    [0, 32 ** 2],
    [32 ** 2, 96 ** 2],
    [96 ** 2, 1e10],
  ];
  /** [A] Their names; `summarize()` looks for all, small, medium and large. */
  areaRngLbl: string[] = ['all', 'small', 'medium', 'large'];
  /** 0 lets a detection match objects of every category. */
  useCats: 0 | 1 = 1;

  constructor(
    readonly iouType: IouType,
    imgIds: readonly CocoId[] = [],
    catIds: readonly CocoId[] = [],
  ) {
    this.imgIds = [...imgIds];
    this.catIds = [...catIds];
    // In doubles these are not the decimals: the ninth IoU is 0.8999999999999999, the recall 0.35 is 0.35000000000000003.
    this.iouThrs = steps(0.5, 0.95, 10);
    this.recThrs = steps(0, 1, 101);
  }
}

/** `count` numbers from `first` to `last`: multiples of the rounded step, the last one exact, as NumPy's linspace makes them. */
function steps(first: number, last: number, count: number): number[] {
  const step = (last - first) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? last : first + i * step));
}

/** A copy that later changes of `params` do not reach. */
export function copyParams(params: Params): Params {
  const copy = new Params(params.iouType, params.imgIds, params.catIds);
  copy.iouThrs = [...params.iouThrs];
  copy.recThrs = [...params.recThrs];
  copy.maxDets = [...params.maxDets];
  copy.areaRng = params.areaRng.map(([low, high]) => [low, high]);
  copy.areaRngLbl = [...params.areaRngLbl];
  copy.useCats = params.useCats;
  return copy;
}
