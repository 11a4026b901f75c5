import { CocoError } from '../errors.js';

/** A mask as run lengths down the columns of an image, background first. Runs that end before the last pixel leave the rest background. */
export interface Runs {
  /** Pixels. */
  readonly height: number;
  readonly width: number;
  /** Pixels of background, foreground, background, …; single runs may be 0. */
  readonly counts: Uint32Array;
}

/** How much pycocotools' functions let pass. */
export interface MaskOptions {
  /**
   * `true` (default): a text, run lengths or a size that cannot be right throw a CocoError. `false`: pycocotools' number where it has one. What pycocotools refuses too, or what makes it
   * read memory that is not the mask's, is an error either way.
   */
  readonly strict?: boolean;
}

/** @throws CocoError unless both are whole numbers of pixels whose product fits in 32 bits, as positions in a mask must. */
export function checkSize(height: number, width: number, place: string): void {
  if (isCount(height) && isCount(width) && height * width <= 0xffffffff) return;
  throw new CocoError('', place, `must be [height, width] of at most 2^32 - 1 pixels, found [${height}, ${width}]`);
}

/** @throws CocoError where the runs hold more pixels than `height * width`. */
export function checkLength({ height, width, counts }: Runs): void {
  let pixels = 0;
  for (let i = 0; i < counts.length; i++) pixels += counts[i];
  if (pixels <= height * width) return;
  const expected = `at most ${height} x ${width} = ${height * width} pixels`;
  throw new CocoError('', 'counts', `must hold ${expected}, found ${pixels} in ${counts.length} runs`);
}

/** Whether a value is a run length: a whole number of 32 bits. */
export function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}
