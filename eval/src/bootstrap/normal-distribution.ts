/**
 * Distribution function of the standard normal: the series 1/2 + phi(x) (x + x^3/3 + x^5/(3*5) + ...) of Marsaglia 2004 (Journal of Statistical
 * Software 11(4), "Evaluating the Normal Distribution"), to about 1e-15.
 */
export function normalCdf(x: number): number {
  if (Math.abs(x) > 9) return x < 0 ? 0 : 1; // beyond the last digit of a double next to 1
  let term = x;
  let sum = x;
  for (let k = 3, before = Number.NaN; sum !== before; k += 2) {
    before = sum;
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** Inverse of {@link normalCdf} by bisection, for `p` in (0, 1); about 1e-14 around the middle, which a quantile of draws never needs. */
export function normalQuantile(p: number): number {
  let [low, high] = [-9, 9];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
