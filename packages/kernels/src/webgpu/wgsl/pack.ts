import type { Levels } from '../../native/binary.js';
import type { SavedMask } from '../../transform.js';
import { comparison } from './comparison.js';

/** How a float becomes a bit: `code` defines what the expression `bit` needs, which is a `u32` and sees the pattern `value` and the channel `c`. */
export interface BitRule {
  readonly code: string;
  readonly bit: string;
}

/** The sign or step against a threshold per channel: words `thresholds[C]`, bytes `flips[C]`. */
export function thresholdRule(levels: Levels, has: { readonly values: boolean; readonly flip: boolean }): BitRule {
  const threshold = has.values ? 'thresholds[c]' : '0u';
  const flip = has.flip ? '((flips[c >> 2u] >> (8u * u32(c & 3))) & 0xffu) != 0u' : 'false';
  return { code: comparison(levels), bit: `bitOf(value, ${threshold}, ${flip})` };
}

/** The estimator mask `|x| <= 1` or `|x| < 1`: without its sign bit a float compares like a whole number, and NaN comes after all others. */
export function maskRule(mask: SavedMask): BitRule {
  const one = '0x3f800000u';
  return { code: '', bit: `select(0u, 1u, (value & 0x7fffffffu) ${mask === 'clip' ? '<=' : '<'} ${one})` };
}

/** Packs floats `x` `[pixels, channels]`: one invocation makes one word (column, counted over all pixels). */
export function packBody({ code, bit }: BitRule): string {
  return `${code}
fn item(column: i32, row: i32) {
  let pixel = column / uniforms.wordsPerPixel;
  let first = column % uniforms.wordsPerPixel * 32;
  let count = min(32, uniforms.channels - first);
  var bits = 0u;
  for (var i = 0; i < count; i++) {
    let c = first + i;
    let value = bitcast<u32>(x[pixel * uniforms.channels + c]);
    bits |= ${bit} << u32(i);
  }
  result[column] = bitcast<i32>(bits);
}
`;
}

/** One invocation writes one float. */
export function unpackBody(levels: Levels): string {
  const value = levels === 'pm1' ? '1.0 - 2.0 * f32(bit)' : 'f32(bit)';
  return `
fn item(column: i32, row: i32) {
  let c = column % uniforms.channels;
  let bit = (words[column / uniforms.channels * uniforms.wordsPerPixel + (c >> 5u)] >> u32(c & 31)) & 1;
  result[column] = ${value};
}
`;
}

/**
 * Packs a filter `x` `[taps, I, O]`: column = output channel, row = tap * wordsPerTap + word. Neighbouring invocations take neighbouring output
 * channels, so that they read neighbouring floats.
 */
export const packFilterBody = `
${comparison('pm1')}
fn item(column: i32, row: i32) {
  let tap = row / uniforms.wordsPerTap;
  let first = row % uniforms.wordsPerTap * 32;
  let count = min(32, uniforms.inChannels - first);
  var bits = 0u;
  for (var i = 0; i < count; i++) {
    let value = bitcast<u32>(x[(tap * uniforms.inChannels + first + i) * uniforms.outChannels + column]);
    bits |= bitOf(value, 0u, false) << u32(i);
  }
  result[column * uniforms.rows + row] = bitcast<i32>(bits);
}
`;
