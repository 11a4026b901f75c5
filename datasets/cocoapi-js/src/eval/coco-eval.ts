import type { CocoId } from '../types.js';
import { accumulateCells, type Cell, type Curves, emptyCurves } from './accumulate.js';
import { asLoaded } from './as-loaded.js';
import { boxIou, type PairIou } from './box-iou.js';
import { checkParams, checkSummary, type EvalFinding, evalError } from './checks.js';
import { type EvalImg, type IouMatrix, PairReader } from './eval-imgs.js';
import { type Evaluation, matchAll, pairUp } from './evaluation.js';
import { positions, uniqueSorted } from './ids.js';
import { type ImageSize, type MaskList, maskPairIou } from './mask-iou.js';
import { copyParams, type IouType, Params } from './params.js';
import {
  type CategoryResult,
  type CurveOptions,
  categoryResults,
  type PrecisionRecallCurve,
  precisionRecallCurves,
} from './per-category.js';
import { type Selected, select } from './selection.js';
import { statsOfCells, summaryCells, summaryText } from './summary.js';
import { type EvalAnnotation, readTable } from './table.js';

/** What `COCOeval` reads of a data set; every `COCO` is one. */
export interface EvalSet {
  readonly dataset: {
    readonly images: readonly ({ readonly id: CocoId } & Partial<ImageSize>)[];
    readonly annotations: readonly EvalAnnotation[];
    readonly categories: readonly { readonly id: CocoId; readonly name: string }[];
  };
  /** Default of the evaluation's `strict`. */
  readonly strict?: boolean;
}

/** How strict an evaluation is. */
export interface EvalOptions {
  /**
   * `true` (default, unless `cocoGt` was loaded with `strict: false`): what makes pycocotools give a wrong number without a word throws a CocoError. `false` gives pycocotools' number to the
   * last bit and lists the finding in `problems`.
   */
  readonly strict?: boolean;
}

/** The arrays of an evaluation, as pycocotools keeps them in `eval`. */
export interface EvalResult extends Curves {
  /** What was accumulated. Without categories (`useCats` 0), `catIds` is [-1]. */
  readonly params: Params;
  /** ISO 8601. */
  readonly date: string;
}

/**
 * COCO's average precision and recall of boxes or masks (Lin et al., "Microsoft COCO", ECCV 2014), with pycocotools' names and numbers:
 * set `params`, then call `evaluate()`, `accumulate()` and `summarize()`.
 */
export class COCOeval {
  /** Parameters of the next evaluation. */
  params: Params;
  readonly #strict: boolean;
  readonly #problems: EvalFinding[] = [];
  #evaluation?: Evaluation;
  #reader?: PairReader;
  #evalImgs?: readonly (EvalImg | null)[];
  #accumulated?: { selected: Selected; cells: readonly Cell[]; result: EvalResult };
  #stats?: Float64Array;
  /** Cells that `statsOf` fills again and again. */
  #sample?: readonly Cell[];

  /**
   * @param cocoGt the ground truth. @param cocoDt the detections, from `cocoGt.loadRes`.
   * @param iouType `segm` compares masks, `bbox` boxes.
   */
  constructor(
    readonly cocoGt: EvalSet,
    readonly cocoDt: EvalSet,
    iouType: IouType,
    { strict = cocoGt.strict ?? true }: EvalOptions = {},
  ) {
    const { images, categories } = cocoGt.dataset;
    this.#strict = strict;
    this.params = new Params(iouType, uniqueSorted(images.map(idOf)), uniqueSorted(categories.map(idOf)));
  }

  /** What was found in parameters and data that is worth a look, and under `strict: false` what was let pass. */
  get problems(): readonly EvalFinding[] {
    return this.#problems;
  }

  /**
   * Matches detections and truths. Sorts `params.imgIds`, `catIds` and `maxDets`, as pycocotools does.
   * @throws CocoError for parameters or entries that cannot be evaluated, and under `strict` for all that pycocotools would answer with a
   * wrong number.
   */
  evaluate(): void {
    this.#forget();
    const params = this.#normalizedParams();
    const images = positions(params.imgIds);
    const categories = positions(params.catIds);
    const list = (set: EvalSet) => (this.#strict ? set.dataset.annotations : asLoaded(set.dataset.annotations, params));
    const [truthList, detectionList] = [list(this.cocoGt), list(this.cocoDt)];
    const box = params.iouType === 'bbox';
    const truths = readTable(truthList, images, categories, { list: 'annotations', box });
    const detections = readTable(detectionList, images, categories, { list: 'detections', box });
    this.#checkScores(detections.score, detections.source);
    const iou = box
      ? boxIou(detections, truths)
      : this.#maskIou(
          { annotations: detectionList, table: detections, list: 'detections' },
          { annotations: truthList, table: truths, list: 'annotations' },
        );
    const pairing = pairUp(params, detections, truths, iou);
    this.#evaluation = matchAll(pairing);
    this.#reader = new PairReader(pairing, detectionList, truthList);
    this.#reportUnpunished(this.#evaluation);
  }

  /**
   * Makes the curves of `eval`.
   * @param p parameters that are a part of the evaluated ones; `params` by default.
   */
  accumulate(p: Params = this.params): void {
    const evaluation = this.#evaluated();
    const selected = select(evaluation.params, p);
    const { curves, cells } = emptyCurves(selected.selection, selected.areas, selected.params.maxDets);
    accumulateCells(evaluation, selected.selection, cells);
    const result = { ...curves, params: selected.params, date: new Date().toISOString() };
    this.#accumulated = { selected, cells, result };
    this.#stats = undefined;
    // pycocotools leaves the -1 in the caller's parameters: the next evaluation then finds no category.
    if (!this.#strict && !p.useCats) p.catIds = [-1];
  }

  /** The twelve numbers as the text that pycocotools prints, without the line break at its end. */
  summarize(): string {
    return summaryText(this.stats, this.eval.params);
  }

  /** Curves of the last `accumulate()`. */
  get eval(): EvalResult {
    return this.#curves().result;
  }

  /** The twelve numbers that `summarize()` prints; -1 where there is nothing to average. */
  get stats(): Float64Array {
    const { cells, result } = this.#curves();
    if (!this.#stats) {
      checkSummary(result.params, (finding) => this.#report(finding));
      this.#stats = statsOfCells(cells, result.params);
    }
    return this.#stats;
  }

  /**
   * The twelve numbers as if image `params.imgIds[i]` stood `weights[i]` times in the set, each copy next to the first: for the bootstrap.
   * Nothing is sorted or matched again. Weights of 1 give `stats` to the last bit.
   */
  statsOf(weights: Uint32Array): Float64Array {
    const evaluation = this.#evaluated();
    const { params } = evaluation;
    if (weights.length !== params.imgIds.length) {
      throw evalError(
        'weights',
        `must hold one number for each of ${params.imgIds.length} images, found ${weights.length}`,
      );
    }
    checkSummary(params, (finding) => this.#report(finding));
    this.#sample ??= summaryCells(params, evaluation.categories);
    const { selection } = select(params, params);
    accumulateCells(evaluation, { ...selection, weights }, this.#sample);
    return statsOfCells(this.#sample, params);
  }

  /** Matches of each category, area range and image, in this nesting; null where there is nothing. Made on first use. */
  get evalImgs(): readonly (EvalImg | null)[] {
    this.#evaluated();
    this.#evalImgs ??= this.#reader?.evalImgs() ?? [];
    return this.#evalImgs;
  }

  /** IoU of the detections and truths of an image and category (of all categories when `useCats` is 0). */
  computeIoU(imgId: CocoId, catId: CocoId): IouMatrix {
    const { params } = this.#evaluated();
    const image = params.imgIds.indexOf(imgId);
    const category = params.useCats ? params.catIds.indexOf(catId) : 0;
    if (image < 0) throw evalError('computeIoU', `imgId must be an evaluated image, found ${JSON.stringify(imgId)}`);
    if (category < 0)
      throw evalError('computeIoU', `catId must be an evaluated category, found ${JSON.stringify(catId)}`);
    return (this.#reader as PairReader).iou(image, category);
  }

  /** AP, AR and counts of each category, at the largest limit of detections. The means of its AP over categories is `stats[0]` at that limit. */
  perCategory(): CategoryResult[] {
    const { selected, cells } = this.#curves();
    return categoryResults(this.#evaluated(), selected, cells, this.#names());
  }

  /**
   * Precision over recall of each category, read from `eval`.
   * @throws CocoError for a threshold, area range or limit that was not evaluated.
   */
  precisionRecall(options: CurveOptions = {}): PrecisionRecallCurve[] {
    const { selected, cells } = this.#curves();
    return precisionRecallCurves(selected, cells, this.#names(), options);
  }

  #forget(): void {
    this.#problems.length = 0;
    this.#evaluation = undefined;
    this.#reader = undefined;
    this.#evalImgs = undefined;
    this.#accumulated = undefined;
    this.#stats = undefined;
    this.#sample = undefined;
  }

  #normalizedParams(): Params {
    const { params } = this;
    const { images, categories } = this.cocoGt.dataset;
    const idsOf = (list: readonly { readonly id: CocoId }[]) => new Set(list.map(idOf));
    checkParams(params, idsOf(images), idsOf(categories), (finding) => this.#report(finding));
    params.imgIds = uniqueSorted(params.imgIds);
    if (params.useCats) params.catIds = uniqueSorted(params.catIds);
    params.maxDets = [...params.maxDets].sort((a, b) => a - b);
    return copyParams(params);
  }

  #maskIou(detections: MaskList, truths: MaskList): PairIou {
    const sizeOf = new Map(this.cocoGt.dataset.images.map(({ id, height, width }) => [id, { height, width }]));
    const sizes = this.params.imgIds.map((id) => {
      const { height = Number.NaN, width = Number.NaN } = sizeOf.get(id) ?? {};
      return { height, width };
    });
    return maskPairIou(detections, truths, { sizes, strict: this.#strict, report: (finding) => this.#report(finding) });
  }

  #checkScores(scores: Float64Array, source: Int32Array): void {
    const row = scores.findIndex(Number.isNaN);
    if (row < 0) return;
    const message = 'must be a number, found NaN: pycocotools ranks it last and counts it as a detection';
    this.#report({ code: 'not-a-score', place: `detections[${source[row]}].score`, message });
  }

  /** Detections of categories that nothing can punish are no error, the usual case of a subset of a set, but worth a line. */
  #reportUnpunished({ truths, offsets, categories, params }: Evaluation): void {
    const objects = new Uint32Array(categories);
    for (let row = 0; row < truths.rows; row++) if (!truths.crowd[row]) objects[truths.category[row]]++;
    const detectionsOf = (k: number) => offsets[k + 1] - offsets[k];
    const unpunished = [...objects.keys()].filter((k) => objects[k] === 0 && detectionsOf(k) > 0);
    if (unpunished.length === 0) return;
    const count = unpunished.reduce((sum, k) => sum + detectionsOf(k), 0);
    const ids = unpunished.slice(0, 5).map((k) => params.catIds[k]);
    this.#problems.push({
      code: 'category-without-objects',
      place: 'params.catIds',
      message: `${count} detections of ${unpunished.length} categories without objects cost nothing: these categories are left out of the means (${ids.join(', ')}${unpunished.length > 5 ? ', …' : ''})`,
    });
  }

  /** Of the entries with a finding, the first is told. */
  #report(finding: EvalFinding): void {
    const { code, place, message } = finding;
    if (this.#strict) throw evalError(place, `${message}. Mend it, or take pycocotools' number with strict: false`);
    const isKnown = (known: EvalFinding) =>
      known.code === code && (known.place === place || !place.startsWith('params.'));
    if (!this.#problems.some(isKnown)) this.#problems.push(finding);
  }

  #names(): ReadonlyMap<CocoId, string> {
    return new Map(this.cocoGt.dataset.categories.map(({ id, name }) => [id, name]));
  }

  #evaluated(): Evaluation {
    if (!this.#evaluation) throw evalError('', 'call evaluate() first');
    return this.#evaluation;
  }

  #curves() {
    if (!this.#accumulated) throw evalError('', 'call evaluate() and accumulate() first');
    return this.#accumulated;
  }
}

function idOf({ id }: { readonly id: CocoId }): CocoId {
  return id;
}
