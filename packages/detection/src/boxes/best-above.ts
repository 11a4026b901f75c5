import { boxKernels, type Reading, rankDescending, read, runInPlace, type tf } from '@onebit/ops';

/** A table of numbers, such as the class probabilities of all priors: values, or a tensor that has them. */
export type Table = Float32Array | tf.Tensor2D;

/** Rows `start` to `start + rows` of a table, judged by one column. */
export interface Ranking {
  readonly start: number;
  readonly column: number;
}

/** What a {@link Ranking} comes to, best first. */
interface Ranked {
  readonly rows: Int32Array;
  readonly scores: Float32Array;
}

/**
 * For each ranking the rows whose value is above the threshold, the best `limit` in descending order, equal values in order of rows.
 * @param table `[N, columns]` @param rows number of rows of every ranking
 */
export function* bestAbove(
  table: Table,
  columns: number,
  rows: number,
  rankings: readonly Ranking[],
  { threshold, limit }: { threshold: number; limit: number },
): Reading<Ranked[]> {
  const places = Math.min(limit, rows);
  const best = new Int32Array(rankings.length * places);
  const scores = new Float32Array(best.length);
  const found = new Int32Array(rankings.length);
  const starts = Int32Array.from(rankings, ({ start }) => start);
  const picked = Int32Array.from(rankings, ({ column }) => column);
  const attributes = { table, columns, rows, starts, picked, threshold, limit: places, best, scores, found };
  if (!runInPlace(boxKernels.best, attributes)) {
    const values = table instanceof Float32Array ? table : yield* read(table);
    return rankings.map((ranking) => bestRows(values, columns, rows, ranking, threshold, places));
  }
  return rankings.map((_, g) => {
    const [begin, end] = [g * places, g * places + found[g]];
    return { rows: best.subarray(begin, end), scores: scores.subarray(begin, end) };
  });
}

function bestRows(
  table: Float32Array,
  columns: number,
  rows: number,
  { start, column }: Ranking,
  threshold: number,
  limit: number,
): Ranked {
  const candidates = new Int32Array(rows);
  const values = new Float32Array(rows);
  let found = 0;
  for (let row = start; row < start + rows; row++) {
    const value = table[row * columns + column];
    if (!(value > threshold)) continue;
    candidates[found] = row;
    values[found++] = value;
  }
  const order = rankDescending(values.subarray(0, found)).subarray(0, limit);
  return { rows: Int32Array.from(order, (k) => candidates[k]), scores: Float32Array.from(order, (k) => values[k]) };
}
