import type { Curves } from './accumulate.js';
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

/** The twelve numbers; -1 where a slice is empty. `params` are those of the curves. */
export function statsOfCurves(curves: Curves, params: Params): Float64Array {
  const buffer = new Float64Array(curves.precision.length);
  return Float64Array.from(linesOf(params), (line) => meanOfSlice(curves, params, line, buffer));
}

/** The pairs of positions in `areaRng` and `maxDets` that the twelve numbers read. */
export function summarizedCells(params: Params): (readonly [area: number, maxDet: number])[] {
  const cells = linesOf(params).flatMap((line) => cellsOf(params, line));
  return [...new Map(cells.map((cell) => [cell.join(), cell])).values()];
}

function cellsOf({ areaRngLbl, maxDets }: Params, line: Line): (readonly [area: number, maxDet: number])[] {
  const areas = positionsOf(areaRngLbl, line.area);
  return areas.flatMap((area) => positionsOf(maxDets, line.maxDets).map((maxDet) => [area, maxDet] as const));
}

function positionsOf<T>(list: readonly T[], value: T): number[] {
  return list.flatMap((element, i) => (element === value ? [i] : []));
}

function meanOfSlice({ counts, precision, recall }: Curves, params: Params, line: Line, buffer: Float64Array): number {
  const [T, R, K, A, M] = counts;
  const values = line.what === 'precision' ? precision : recall;
  const rows = line.what === 'precision' ? R * K : K;
  const cells = cellsOf(params, line).map(([area, maxDet]) => area * M + maxDet);
  let count = 0;
  for (let t = 0; t < T; t++) {
    if (line.iou !== undefined && params.iouThrs[t] !== line.iou) continue;
    for (let row = t * rows; row < (t + 1) * rows; row++) {
      for (const cell of cells) {
        const value = values[row * A * M + cell];
        if (value > -1) buffer[count++] = value;
      }
    }
  }
  return count === 0 ? -1 : pairwiseMean(buffer, count);
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
