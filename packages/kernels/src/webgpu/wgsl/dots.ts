import type { Levels } from '../../native/binary.js';
import { eachLane } from './shader.js';

/**
 * How the words of a pixel are read: four at a time where a group's channels fill whole `vec4`s, one at a time, or joined from two neighbours where
 * a group does not begin at a word.
 */
export type WordAccess = 'vec4' | 'word' | 'unaligned';

/** WGSL type of a word for this access. */
export function wordType(access: WordAccess): 'vec4<i32>' | 'i32' {
  return access === 'vec4' ? 'vec4<i32>' : 'i32';
}

/** `fn windowOf(pixel: i32, term: i32) -> Window`: the input pixel of tap (0, 0); the images of all terms lie one after the other. */
const windowCode = `
struct Window { image: i32, top: i32, left: i32 }
fn windowOf(pixel: i32, term: i32) -> Window {
  return Window(
    term * uniforms.batch + pixel / (uniforms.outWidth * uniforms.outHeight),
    pixel / uniforms.outWidth % uniforms.outHeight * uniforms.strideHeight - uniforms.padTop,
    pixel % uniforms.outWidth * uniforms.strideWidth - uniforms.padLeft,
  );
}
`;

/** Visits the taps of `window`: `inside` runs with `at`, the first word of the pixel; `outside` where the input ends, unless padding counts 0. */
function eachTap(inside: string, outside: string): string {
  return `
  for (var kh = 0; kh < uniforms.kernelHeight; kh++) {
    let h = window.top + kh * uniforms.dilationHeight;
    for (var kw = 0; kw < uniforms.kernelWidth; kw++) {
      let w = window.left + kw * uniforms.dilationWidth;
      let tap = kh * uniforms.kernelWidth + kw;
      if (h >= 0 && h < uniforms.inHeight && w >= 0 && w < uniforms.inWidth) {
        let at = ((window.image * uniforms.inHeight + h) * uniforms.inWidth + w) * uniforms.wordsPerPixel;
${inside}
      } else if (uniforms.padValue != 0) {
${outside}
      }
    }
  }`;
}

/**
 * `fn dotsOf(window: Window, term: i32, group: i32, o: i32, count: i32) -> vec4<i32>`: the dot products of one pixel with the filters `o` to
 * `o + 3` of a group, of which the first `count` exist; a register tile of 1 pixel x 4 outputs, every activation word read once.
 *
 * With m mismatches of ±1 operands a tap gives `I - 2 m`; with activations 0 and 1 it gives `popcount(a) - 2 popcount(a & w)`; outside it gives
 * `padValue (I - 2 popcount(w))`. All three are `base - 2 ones` with a `base` that the four outputs share.
 * Storage arrays: `x` `[term, N, H, W, words]`, `filters` `[term, O, kh, kw, words]`.
 */
export function convolutionDots(levels: Levels, access: WordAccess): string {
  const word = wordType(access);
  const join = levels === 'pm1' ? '^' : '&';
  return `${windowCode}
${totalOf(access)}
${xWordOf(access)}
fn dotsOf(window: Window, term: i32, group: i32, o: i32, count: i32) -> vec4<i32> {
  let wordsPerFilter = uniforms.kernelHeight * uniforms.kernelWidth * uniforms.wordsPerTap;
  // Lanes beyond the group's last output repeat the last one; nobody stores them.
  let rows = (min(vec4(0, 1, 2, 3), vec4(count - 1)) + term * uniforms.outChannels + o) * wordsPerFilter;
  var base = 0;
${eachLane((lane) => `  var ${lane}Ones = ${word}();`)}
${eachTap(
  `        ${levels === 'pm1' ? 'base += uniforms.groupIn;' : ''}
        for (var i = 0; i < uniforms.wordsPerTap; i++) {
          let a = xWord(at, group, i);
          ${levels === 'pm1' ? '' : 'base += total(countOneBits(a));'}
          let f = rows + tap * uniforms.wordsPerTap + i;
${eachLane((lane) => `          ${lane}Ones += countOneBits(a ${join} filters[f.${lane}]);`)}
        }`,
  `        base += uniforms.padValue * uniforms.groupIn;
        for (var i = 0; i < uniforms.wordsPerTap; i++) {
          let f = rows + tap * uniforms.wordsPerTap + i;
${eachLane((lane) => `          ${lane}Ones += uniforms.padValue * countOneBits(filters[f.${lane}]);`)}
        }`,
)}
  return base - 2 * vec4(total(xOnes), total(yOnes), total(zOnes), total(wOnes));
}
`;
}

function totalOf(access: WordAccess): string {
  return access === 'vec4'
    ? 'fn total(v: vec4<i32>) -> i32 { return v.x + v.y + v.z + v.w; }'
    : 'fn total(v: i32) -> i32 { return v; }';
}

/** `fn xWord(at: i32, group: i32, i: i32)`: word `i` of the group's channels in the pixel whose first word is `at`. */
function xWordOf(access: WordAccess): string {
  if (access !== 'unaligned') {
    // wordsPerTap words of every group before this one, without a gap.
    return `fn xWord(at: i32, group: i32, i: i32) -> ${wordType(access)} { return x[at + group * uniforms.wordsPerTap + i]; }`;
  }
  return `
fn xWord(at: i32, group: i32, i: i32) -> i32 {
  let first = group * uniforms.groupIn;
  let shift = u32(first & 31);
  let word = at + (first >> 5u) + i;
  let channels = uniforms.groupIn - 32 * i;
  var bits = bitcast<u32>(x[word]) >> shift;
  if (shift != 0u && channels > 32 - i32(shift)) { bits |= bitcast<u32>(x[word + 1]) << (32u - shift); }
  return bitcast<i32>(bits & select(~0u, (1u << u32(channels & 31)) - 1u, channels < 32));
}`;
}

/**
 * `dotsOf` as in {@link convolutionDots} where each channel has its own kernel: the four outputs are four neighbouring bits of one word, since `o` is
 * a multiple of 4. Storage arrays: `x` `[N, H, W, words]`, `filters` `[kh, kw, words]`.
 */
export function depthwiseDots(levels: Levels): string {
  return `${windowCode}
fn bitsFrom(word: i32, o: i32) -> vec4<i32> {
  return (vec4(word) >> (vec4<u32>(0, 1, 2, 3) + u32(o & 31))) & vec4(1);
}
fn dotsOf(window: Window, term: i32, group: i32, o: i32, count: i32) -> vec4<i32> {
  let word = o >> 5u;
  var base = vec4<i32>();
  var ones = vec4<i32>();
${eachTap(
  `        let a = x[at + word];
        let f = filters[tap * uniforms.wordsPerPixel + word];
        base += ${levels === 'pm1' ? 'vec4(1)' : 'bitsFrom(a, o)'};
        ones += bitsFrom(a ${levels === 'pm1' ? '^' : '&'} f, o);`,
  `        base += vec4(uniforms.padValue);
        ones += uniforms.padValue * bitsFrom(filters[tap * uniforms.wordsPerPixel + word], o);`,
)}
  return base - 2 * ones;
}
`;
}
