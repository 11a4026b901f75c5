import type { Cell } from './accumulate.js';
import { pairwiseMean } from './pairwise-mean.js';
import type { Params } from './params.js';

/** One of the twelve numbers: the mean of precisions or recalls over a slice of the arrays. */
interface Line {
  readonly what: 'precision' | 'recall';
  /** All thresholds if absent. */
  readonly iou?: number;
  readonly area: string;
  readonly maxDets: number;
}

/** The twelve numbers in pycocotools' order. The first one is fixed to 100 detections there, whatever `maxDets` holds. */
function linesOf({ maxDets }: Params): Line[] {
  const [first, second, third] = maxDets;
  const precision = (area: string, iou?: number, limit = third): Line => ({
    what: 'precision',
    area,
    iou,
    maxDets: limit,
  });
  const recall = (area: string, limit = third): Line => ({ what: 'recall', area, maxDets: limit });
  return [
    precision('all', undefined, 100),
    precision('all', 0.5),
    precision('all', 0.75),
    precision('small'),
    precision('medium'),
    precision('large'),
    recall('all', first),
    recall('all', second),
    recall('all', third),
    recall('small'),
    recall('medium'),
    recall('large'),
  ];
}

/** The twelve numbers of cells that were filled for all thresholds of `params`; -1 where a slice is empty. */
export function statsOfCells(cells: readonly Cell[], params: Params): Float64Array {
  return Float64Array.from(linesOf(params), (line) => meanOfLine(cells, params, line));
}

/** Cells of their own for what the twelve numbers read, of `categories` categories. */
export function summaryCells(params: Params, categories: number): Cell[] {
  const cells = new Map<string, Cell>();
  const rows = params.iouThrs.length * categories;
  for (const line of linesOf(params)) {
    for (const area of positionsOf(params.areaRngLbl, line.area)) {
      if (!params.maxDets.includes(line.maxDets)) continue;
      const key = `${area} ${line.maxDets}`;
      const cell = cells.get(key) ?? {
        area,
        label: line.area,
        maxDet: line.maxDets,
        stride: 1,
        offset: 0,
        recall: new Float64Array(rows),
      };
      const precision =
        cell.precision ?? (line.what === 'precision' ? new Float64Array(rows * params.recThrs.length) : undefined);
      cells.set(key, { ...cell, precision });
    }
  }
  return [...cells.values()];
}

function positionsOf<T>(list: readonly T[], value: T): number[] {
  return list.flatMap((element, i) => (element === value ? [i] : []));
}

function meanOfLine(cells: readonly Cell[], { iouThrs }: Params, line: Line): number {
  const ofLine = cells.filter(({ label, maxDet }) => label === line.area && maxDet === line.maxDets);
  return meanOf(ofLine, line.what, iouThrs, line.iou);
}

/** Mean of what is above -1 in cells of the thresholds `iouThrs`, at one of them or at all; -1 when nothing is. */
export function meanOf(cells: readonly Cell[], what: Line['what'], iouThrs: readonly number[], iou?: number): number {
  if (cells.length === 0) return -1;
  const { stride } = cells[0];
  const slices = cells.map((cell) => ({ values: cell[what] ?? cell.recall, offset: cell.offset }));
  const rows = slices[0].values.length / stride / iouThrs.length;
  const thresholds = iou === undefined ? [...iouThrs.keys()] : positionsOf(iouThrs, iou);
  const values = new Float64Array(thresholds.length * rows * slices.length);
  let count = 0;
  for (const t of thresholds) {
    for (let at = t * rows * stride; at < (t + 1) * rows * stride; at += stride) {
      for (const slice of slices) {
        const value = slice.values[at + slice.offset];
        if (value > -1) values[count++] = value;
      }
    }
  }
  return count === 0 ? -1 : pairwiseMean(values, count);
}

/** The text that pycocotools prints, without the line break at its end. */
export function summaryText(stats: Float64Array, params: Params): string {
  const { iouThrs } = params;
  const range = `${fixed(iouThrs[0], 2)}:${fixed(iouThrs[iouThrs.length - 1], 2)}`;
  return linesOf(params)
    .map(({ what, iou, area, maxDets }, i) => {
      const title = what === 'precision' ? 'Average Precision  (AP)' : 'Average Recall     (AR)';
      const ious = (iou === undefined ? range : fixed(iou, 2)).padEnd(9);
      return ` ${title} @[ IoU=${ious} | area=${area.padStart(6)} | maxDets=${String(maxDets).padStart(3)} ] = ${fixed(stats[i], 3)}`;
    })
    .join('\n');
}

/** `toFixed` with Python's rule: a value exactly between two results goes to the even one (0.0625 is 0.062, not 0.063). */
function fixed(value: number, digits: number): string {
  // Only multiples of 2^-(digits + 1) can lie exactly between.
  const isExactTie = Number.isInteger(value * 2 ** (digits + 1)) && Math.abs((value * 10 ** digits) % 1) === 0.5;
  if (!isExactTie) return value.toFixed(digits);
  return ((2 * Math.round((value * 10 ** digits) / 2)) / 10 ** digits).toFixed(digits);
}
