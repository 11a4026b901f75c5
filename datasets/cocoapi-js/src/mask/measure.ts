import type { MaskOptions, Runs } from './runs.js';

/** [x, y, width, height] in pixels. */
export type Box = [x: number, y: number, width: number, height: number];

/** Foreground pixels. */
export function areaOf({ counts }: Runs): number {
  let area = 0;
  for (let i = 1; i < counts.length; i += 2) area += counts[i];
  return area;
}

/**
 * Tight box [x, y, width, height] of the foreground; a run over the edge of a column takes the full height. Without foreground it is [0, 0, 0, 0]; pycocotools gives
 * [width, height, 1 - width, 1 - height] modulo 2^32 where there are foreground runs of no pixels, and so does `strict: false`.
 */
export function boxOf({ height, width, counts }: Runs, { strict = true }: MaskOptions = {}): Box {
  let [top, bottom, left, right] = [height, 0, -1, 0];
  for (let i = 1, at = 0; i < counts.length; i += 2) {
    at += counts[i - 1];
    if (counts[i] === 0) continue;
    const firstColumn = Math.floor(at / height);
    const first = at - firstColumn * height;
    at += counts[i];
    right = Math.floor((at - 1) / height);
    if (left < 0) left = firstColumn;
    if (right > firstColumn) [top, bottom] = [0, height];
    else {
      top = Math.min(top, first);
      bottom = Math.max(bottom, at - right * height);
    }
  }
  if (left >= 0) return [left, top, right + 1 - left, bottom - top];
  if (strict || counts.length < 2) return [0, 0, 0, 0];
  return [width, height, (1 - width) >>> 0, (1 - height) >>> 0];
}
