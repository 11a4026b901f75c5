/**
 * Sum in the order NumPy uses for contiguous doubles: fewer than 8 numbers left to right; up to 128 in eight running sums; more are split at
 * the half, rounded down to a multiple of 8. Metrics that must equal a reference tool to the last bit need the same order of additions.
 */
export function pairwiseSum(values: ArrayLike<number>, start = 0, count = values.length - start): number {
  if (count < 8) {
    let sum = 0;
    for (let i = start; i < start + count; i++) sum += values[i];
    return sum;
  }
  if (count <= 128) return eightRunningSums(values, start, count);
  const half = Math.floor(count / 2);
  const left = half - (half % 8);
  return pairwiseSum(values, start, left) + pairwiseSum(values, start + left, count - left);
}

function eightRunningSums(values: ArrayLike<number>, start: number, count: number): number {
  const r = [0, 1, 2, 3, 4, 5, 6, 7].map((j) => values[start + j]);
  let i = 8;
  for (; i + 8 <= count; i += 8) for (let j = 0; j < 8; j++) r[j] += values[start + i + j];
  let sum = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
  for (; i < count; i++) sum += values[start + i];
  return sum;
}

/** Mean with {@link pairwiseSum}; NaN for no values and where any value is NaN. */
export function pairwiseMean(values: ArrayLike<number>): number {
  return pairwiseSum(values) / values.length;
}
