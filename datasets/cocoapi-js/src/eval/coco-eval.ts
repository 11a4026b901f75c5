import type { CocoId } from '../types.js';
import { accumulateInto, type Curves, emptyCurves, type Selection } from './accumulate.js';
import { boxIou } from './box-iou.js';
import { type Evaluation, matchAll, type Pairing, pairUp } from './evaluation.js';
import { positions, uniqueSorted } from './ids.js';
import { copyParams, type IouType, Params } from './params.js';
import { statsOfCurves, summarizedCells, summaryText } from './summary.js';
import { type EvalAnnotation, readTable } from './table.js';

interface EvalSet {
  readonly dataset: {
    readonly images: readonly { readonly id: CocoId }[];
    readonly annotations: readonly EvalAnnotation[];
    readonly categories: readonly { readonly id: CocoId; readonly name: string }[];
  };
}

/** The arrays of an evaluation, as pycocotools keeps them in `eval`. */
export interface EvalResult extends Curves {
  /** What was evaluated. Without categories (`useCats` 0), `catIds` is [-1]. */
  readonly params: Params;
  readonly date: string;
}

/** COCO's average precision and recall of boxes or masks. */
export class COCOeval {
  params: Params;
  #pairing?: Pairing;
  #evaluation?: Evaluation;
  #result?: EvalResult;
  #stats?: Float64Array;

  constructor(
    readonly cocoGt: EvalSet,
    readonly cocoDt: EvalSet,
    iouType: IouType,
  ) {
    const idsOf = (list: readonly { readonly id: CocoId }[]) => uniqueSorted(list.map(({ id }) => id));
    this.params = new Params(iouType, idsOf(cocoGt.dataset.images), idsOf(cocoGt.dataset.categories));
  }

  evaluate(): void {
    const { params } = this;
    params.imgIds = uniqueSorted(params.imgIds);
    if (params.useCats) params.catIds = uniqueSorted(params.catIds);
    params.maxDets = [...params.maxDets].sort((a, b) => a - b);
    const images = positions(params.imgIds);
    const categories = positions(params.catIds);
    const truths = readTable(this.cocoGt.dataset.annotations, images, categories);
    const detections = readTable(this.cocoDt.dataset.annotations, images, categories);
    this.#pairing = pairUp(copyParams(params), detections, truths, boxIou(detections, truths));
    this.#evaluation = matchAll(this.#pairing);
    this.#result = undefined;
    this.#stats = undefined;
  }

  accumulate(): void {
    const evaluation = this.#evaluation!;
    const selection = wholeOf(evaluation);
    const curves = emptyCurves(selection);
    accumulateInto(curves, evaluation, selection);
    this.#result = { ...curves, params: evaluation.params, date: new Date().toISOString() };
    this.#stats = undefined;
  }

  get eval(): EvalResult {
    return this.#result!;
  }

  get stats(): Float64Array {
    this.#stats ??= statsOfCurves(this.eval, this.eval.params);
    return this.#stats;
  }

  summarize(): string {
    return summaryText(this.stats, this.eval.params);
  }

  statsOf(weights: Uint32Array): Float64Array {
    const evaluation = this.#evaluation!;
    const selection = { ...wholeOf(evaluation), weights, cells: summarizedCells(evaluation.params) };
    const curves = emptyCurves(selection);
    accumulateInto(curves, evaluation, selection);
    return statsOfCurves(curves, evaluation.params);
  }
}

function wholeOf({ params, categories }: Evaluation): Selection {
  return {
    thresholds: [...params.iouThrs.keys()],
    categories: [...Array(categories).keys()],
    areas: [...params.areaRng.keys()],
    maxDets: params.maxDets,
    recThrs: params.recThrs,
  };
}
