import type { Levels } from '../../native/binary.js';

/** Max-pool of bits: one invocation computes one word (column) of the output. With pm1 a bit is 1 for the smaller value, so the maximum is AND. */
export function maxPoolBody(levels: Levels): string {
  const [start, join] = levels === 'pm1' ? ['~0', '&='] : ['0', '|='];
  return `
fn item(column: i32, row: i32) {
  let word = column % uniforms.wordsPerPixel;
  let pixel = column / uniforms.wordsPerPixel;
  let left = pixel % uniforms.outWidth * uniforms.strideWidth - uniforms.padLeft;
  let top = pixel / uniforms.outWidth % uniforms.outHeight * uniforms.strideHeight - uniforms.padTop;
  let image = pixel / (uniforms.outWidth * uniforms.outHeight);
  var bits = ${start};
  for (var kh = 0; kh < uniforms.kernelHeight; kh++) {
    let h = top + kh * uniforms.dilationHeight;
    if (h < 0 || h >= uniforms.inHeight) { continue; }
    for (var kw = 0; kw < uniforms.kernelWidth; kw++) {
      let w = left + kw * uniforms.dilationWidth;
      if (w < 0 || w >= uniforms.inWidth) { continue; }
      bits ${join} x[((image * uniforms.inHeight + h) * uniforms.inWidth + w) * uniforms.wordsPerPixel + word];
    }
  }
  // A window that lies outside as a whole leaves the start value: its bits beyond the last channel must go.
  let channels = uniforms.channels - word * 32;
  result[column] = bits & select(~0, (1 << u32(channels & 31)) - 1, channels < 32);
}
`;
}
