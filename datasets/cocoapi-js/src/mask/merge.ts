import type { Runs } from './runs.js';

/**
 * Union or intersection of masks, one after the other. A single mask is returned as it is.
 * @param masks at least one; with different sizes the result is the mask of 0 x 0 pixels, as in pycocotools.
 */
export function mergeRuns(masks: readonly Runs[], intersect: boolean): Runs {
  let merged = masks[0];
  const { height, width } = merged;
  for (let i = 1; i < masks.length; i++) {
    if (masks[i].height !== height || masks[i].width !== width) {
      return { height: 0, width: 0, counts: new Uint32Array(0) };
    }
    merged = { height, width, counts: mergePair(merged.counts, masks[i].counts, intersect) };
  }
  return merged;
}

/** Joins equal neighbours; runs that end before the other's are background from there on. */
function mergePair(a: Uint32Array, b: Uint32Array, intersect: boolean): Uint32Array {
  const pixels = Math.max(sum(a), sum(b));
  const out = new Uint32Array(a.length + b.length + 1);
  let [n, start, state] = [0, 0, 0];
  let [i, j] = [-1, -1];
  let [endA, endB] = [0, 0];
  for (let at = 0; at < pixels; at = Math.min(endA, endB)) {
    // A run is foreground where its index is odd; behind the last one follows background.
    while (endA <= at) endA = ++i < a.length ? endA + a[i] : pixels;
    while (endB <= at) endB = ++j < b.length ? endB + b[j] : pixels;
    const inA = i < a.length ? i & 1 : 0;
    const inB = j < b.length ? j & 1 : 0;
    const next = intersect ? inA & inB : inA | inB;
    if (next === state) continue;
    out[n++] = at - start;
    start = at;
    state = next;
  }
  out[n++] = pixels - start;
  return out.slice(0, n);
}

function sum(counts: Uint32Array): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i];
  return total;
}
