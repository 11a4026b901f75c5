/** Channels held by one word. */
export const wordBits = 32;

/**
 * A tensor of signs, one bit each: bit 1 is -1, bit 0 is +1. Channel c sits in bit `c % 32` of word `floor(c / 32)`; the unused bits of the last
 * word of a pixel are 0.
 */
export interface BitTensor {
  /** `[N, H, W, C]`, in channels. Filters are `[O, kh, kw, C / groups]`. */
  readonly shape: readonly [number, number, number, number];
  /** `[N, H, W, ceil(C / 32)]` */
  readonly words: Int32Array;
}

/** Words that hold the channels of one pixel: `ceil(channels / 32)`. */
export function wordsFor(channels: number): number {
  return Math.ceil(channels / wordBits);
}
