import type { CocoId } from '../types.js';
import type { Cell } from './accumulate.js';
import { evalError } from './checks.js';
import type { Evaluation } from './evaluation.js';
import type { Params } from './params.js';
import type { Selected } from './selection.js';
import { meanOf } from './summary.js';

/** The numbers of one category, at the largest limit of detections; -1 where there are no objects to find. */
export interface CategoryResult {
  /** -1 when categories are not used. */
  readonly id: CocoId;
  readonly name: string;
  /** Mean over thresholds and recalls. */
  readonly AP: number;
  /** At IoU 0.5 and 0.75; -1 when the thresholds do not hold it. */
  readonly AP50: number;
  readonly AP75: number;
  /** Of the area ranges small, medium and large. */
  readonly APsmall: number;
  readonly APmedium: number;
  readonly APlarge: number;
  /** Mean recall over thresholds. */
  readonly AR: number;
  /** Objects that count: no crowds. */
  readonly objects: number;
  /** Detections within the limit of their image. */
  readonly detections: number;
}

/** Precision of a category over recall, as `eval.precision` holds it. */
export interface PrecisionRecallCurve {
  readonly id: CocoId;
  readonly name: string;
  /** False where there are no objects; precision and scores are then -1. */
  readonly hasObjects: boolean;
  /** [R] `params.recThrs` */
  readonly recall: Float64Array;
  /** [R] Largest precision at this recall or a higher one; 0 where it is not reached. */
  readonly precision: Float64Array;
  /** [R] Score at which the recall is reached; 0 where it is not. */
  readonly scores: Float64Array;
}

/** Which curves are wanted. */
export interface CurveOptions {
  /** One of `params.iouThrs`; 0.5 by default. */
  readonly iouThr?: number;
  /** One of `params.areaRngLbl`; all by default. */
  readonly areaRngLbl?: string;
  /** One of `params.maxDets`; the largest by default. */
  readonly maxDets?: number;
}

/** Numbers of each selected category from filled cells. */
export function categoryResults(
  evaluation: Evaluation,
  { params, selection }: Selected,
  cells: readonly Cell[],
  names: ReadonlyMap<CocoId, string>,
): CategoryResult[] {
  const counts = countsOf(evaluation, selection.weights);
  return params.catIds.map((id, k) => ({
    id,
    name: names.get(id) ?? 'all categories',
    ...categoryNumbers(categoryCells(cells, k, params.catIds.length), params),
    objects: counts.objects[selection.categories[k]],
    detections: counts.detections[selection.categories[k]],
  }));
}

/** Objects and detections of each evaluated category in the images taken. */
function countsOf({ truths, image, offsets, categories }: Evaluation, weights: ArrayLike<number> | undefined) {
  const objects = new Float64Array(categories);
  const detections = new Float64Array(categories);
  for (let row = 0; row < truths.rows; row++) {
    if (!truths.crowd[row]) objects[truths.category[row]] += weights ? weights[truths.image[row]] : 1;
  }
  for (let k = 0; k < categories; k++) {
    for (let place = offsets[k]; place < offsets[k + 1]; place++) detections[k] += weights ? weights[image[place]] : 1;
  }
  return { objects, detections };
}

/** Curves of each selected category from filled cells. */
export function precisionRecallCurves(
  { params }: Selected,
  cells: readonly Cell[],
  names: ReadonlyMap<CocoId, string>,
  options: CurveOptions,
): PrecisionRecallCurve[] {
  const { iouThr = 0.5, areaRngLbl = 'all', maxDets = params.maxDets[params.maxDets.length - 1] } = options;
  const cell = cells.find(({ label, maxDet }) => label === areaRngLbl && maxDet === maxDets);
  const t = params.iouThrs.indexOf(iouThr);
  if (!cell || t < 0) {
    const { iouThrs, areaRngLbl: labels, maxDets: limits } = params;
    throw evalError(
      'precisionRecall',
      `iouThr must be one of ${iouThrs.join(', ')}, areaRngLbl one of ${labels.join(', ')}, maxDets one of ${limits.join(', ')}; found ${iouThr}, ${areaRngLbl}, ${maxDets}`,
    );
  }
  const R = params.recThrs.length;
  return params.catIds.map((id, k) => {
    const [{ precision = noValues, scores = noValues, recall }] = categoryCells([cell], k, params.catIds.length);
    return {
      id,
      name: names.get(id) ?? 'all categories',
      hasObjects: recall[t] > -1,
      recall: Float64Array.from(params.recThrs),
      precision: precision.slice(t * R, (t + 1) * R),
      scores: scores.slice(t * R, (t + 1) * R),
    };
  });
}

const noValues = new Float64Array(0);

/** The k-th of `K` categories: its rows of the cells, as cells of one category. */
function categoryCells(cells: readonly Cell[], k: number, K: number): Cell[] {
  return cells.map((cell) => ({
    ...cell,
    stride: 1,
    offset: 0,
    precision: cell.precision && column(cell.precision, cell, k, K),
    scores: cell.scores && column(cell.scores, cell, k, K),
    recall: column(cell.recall, cell, k, K),
  }));
}

function column(values: Float64Array, { stride, offset }: Cell, k: number, K: number): Float64Array {
  const rows = values.length / stride / K;
  return Float64Array.from({ length: rows }, (_, row) => values[(row * K + k) * stride + offset]);
}

/** Means over the cells of one category. */
function categoryNumbers(cells: readonly Cell[], { iouThrs, maxDets }: Params) {
  const limit = maxDets[maxDets.length - 1];
  const mean = (what: 'precision' | 'recall', label: string, iou?: number) =>
    meanOf(
      cells.filter((cell) => cell.label === label && cell.maxDet === limit),
      what,
      iouThrs,
      iou,
    );
  return {
    AP: mean('precision', 'all'),
    AP50: mean('precision', 'all', 0.5),
    AP75: mean('precision', 'all', 0.75),
    APsmall: mean('precision', 'small'),
    APmedium: mean('precision', 'medium'),
    APlarge: mean('precision', 'large'),
    AR: mean('recall', 'all'),
  };
}
