import { rankDescending } from '../boxes/rank.js';

/**
 * Hard negative mining of one image: the background priors the classifier gets most wrong, `ratio` for each positive but at most P - 1.
 * Priors are ranked by loss with the positives' losses set to 0, ties by index.
 * @param losses cross entropy `[P]` @param classes class of each prior `[P]`, 0 = background
 * @returns mask `[P]`; it may hold positives where negatives run out, which are in the loss anyway
 */
export function selectHardNegatives(losses: Float32Array, classes: Int32Array, ratio: number): Uint8Array {
  const count = losses.length;
  const mask = new Uint8Array(count);
  const ranked = new Float32Array(count);
  let positives = 0;
  for (let p = 0; p < count; p++) {
    if (classes[p] > 0) positives++;
    else ranked[p] = losses[p];
  }
  const negatives = Math.min(ratio * positives, count - 1);
  if (negatives <= 0) return mask;
  for (const p of rankDescending(ranked).subarray(0, negatives)) mask[p] = 1;
  return mask;
}
