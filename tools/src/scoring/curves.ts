interface PrecisionRecall {
  readonly recall: ArrayLike<number>;
  readonly precision: ArrayLike<number>;
}
type Point = readonly [recall: number, precision: number];

/** As many points as a figure can show. */
const mostPoints = 400;

/** The points of a curve, at most {@link mostPoints} of them, evenly chosen, both ends kept. */
export function thinned(recall: ArrayLike<number>, precision: ArrayLike<number>): Point[] {
  const count = recall.length;
  const step = Math.max(1, (count - 1) / (mostPoints - 1));
  const points: Point[] = [];
  for (let at = 0; Math.round(at) < count; at += step) {
    const i = Math.round(at);
    points.push([rounded(recall[i]), rounded(precision[i])]);
  }
  return points;
}

/** Recall 0, 0.01, …, 1: where curves of several classes are averaged. */
const grid = Array.from({ length: 101 }, (_, i) => i / 100);

/** Mean over classes of the best precision at each recall or beyond; empty for no class. */
export function meanCurve(curves: readonly PrecisionRecall[]): Point[] {
  if (curves.length === 0) return [];
  const envelopes = curves.map(envelope);
  return grid.map((recall, i) => [
    recall,
    rounded(envelopes.reduce((sum, values) => sum + values[i], 0) / curves.length),
  ]);
}

/** [101] the largest precision at `recall >= grid[i]`, 0 beyond the end of the curve. */
function envelope({ recall, precision }: PrecisionRecall): Float64Array {
  const values = new Float64Array(grid.length);
  let j = recall.length - 1;
  let best = 0;
  for (let i = grid.length - 1; i >= 0; i--) {
    for (; j >= 0 && recall[j] >= grid[i]; j--) best = Math.max(best, precision[j]);
    values[i] = best;
  }
  return values;
}

/** Five decimals: finer than any figure, a third of the digits in `results.json`. */
export function rounded(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
