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

/**
 * `fn packWord(pixel: i32, word: i32) -> u32` over `fn loadBits(index: i32) -> u32`, the bit pattern of float `index` of `[pixels, channels]`.
 * Reads `uniforms.channels`.
 */
export function packWord({ code, bit }: BitRule): string {
  return `${code}
fn packWord(pixel: i32, word: i32) -> u32 {
  let first = word * 32;
  let count = min(32, uniforms.channels - first);
  var bits = 0u;
  for (var i = 0; i < count; i++) {
    let c = first + i;
    let value = loadBits(pixel * uniforms.channels + c);
    bits |= ${bit} << u32(i);
  }
  return bits;
}
`;
}

/** One invocation packs one word: column = word of the pixel, counted over all pixels. */
export function packBody(rule: BitRule): string {
  return `
fn loadBits(index: i32) -> u32 { return x[index]; }
${packWord(rule)}
fn item(column: i32, row: i32) {
  words[column] = packWord(column / uniforms.wordsPerPixel, column % uniforms.wordsPerPixel);
}
`;
}

/** One invocation writes one float. */
export function unpackBody(levels: Levels): string {
  const value = levels === 'pm1' ? '1.0 - 2.0 * f32(bit)' : 'f32(bit)';
  return `
fn item(column: i32, row: i32) {
  let c = column % uniforms.channels;
  let bit = (words[column / uniforms.channels * uniforms.wordsPerPixel + (c >> 5u)] >> u32(c & 31)) & 1u;
  x[column] = ${value};
}
`;
}

/**
 * `fn packFilterWord(o: i32, row: i32) -> u32`: word `row` = tap * wordsPerTap + word of output channel `o`, from floats `[taps, I, O]` read by
 * `fn loadBits(index: i32) -> u32`. Neighbouring invocations take neighbouring output channels, so that they read neighbouring floats.
 */
export const packFilterWord = `
${comparison('pm1')}
fn packFilterWord(o: i32, row: i32) -> u32 {
  let tap = row / uniforms.wordsPerTap;
  let first = row % uniforms.wordsPerTap * 32;
  let count = min(32, uniforms.inChannels - first);
  var bits = 0u;
  for (var i = 0; i < count; i++) {
    bits |= bitOf(loadBits((tap * uniforms.inChannels + first + i) * uniforms.outChannels + o), 0u, false) << u32(i);
  }
  return bits;
}
`;

/** One invocation packs one word: column = output channel, row = word of that channel's filter. */
export const packFilterBody = `
fn loadBits(index: i32) -> u32 { return x[index]; }
${packFilterWord}
fn item(column: i32, row: i32) { words[column * uniforms.rows + row] = packFilterWord(column, row); }
`;
