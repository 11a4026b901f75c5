/**
 * Mean of the first `count` values, added in the order NumPy adds contiguous doubles: fewer than 8 numbers left to right; up to 128 in eight
 * running sums; more are split at the half, rounded down to a multiple of 8. Another order gives another last bit.
 */
export function pairwiseMean(values: Float64Array, count: number): number {
  return sum(values, 0, count) / count;
}

function sum(values: Float64Array, start: number, count: number): number {
  if (count > 128) {
    const half = Math.floor(count / 2);
    const left = half - (half % 8);
    return sum(values, start, left) + sum(values, start + left, count - left);
  }
  const r = [0, 0, 0, 0, 0, 0, 0, 0];
  const inEights = count - (count % 8);
  for (let i = 0; i < inEights; i += 8) for (let j = 0; j < 8; j++) r[j] += values[start + i + j];
  let total = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
  for (let i = inEights; i < count; i++) total += values[start + i];
  return total;
}
