import type { Levels } from '../../native/binary.js';
import { eachLane } from './shader.js';

/**
 * dx of a binary convolution from `dy`, the packed `filters`, and the scales `parameters` and the estimator `mask` where there are any: column = input
 * pixel, row = block of four channels of a group, which are four bits of one word of a filter.
 */
export function backpropInputBody(has: { readonly scale: boolean; readonly mask: boolean }): string {
  return `
fn item(pixel: i32, block: i32) {
  let group = block / uniforms.blocksPerGroup;
  let first = block % uniforms.blocksPerGroup * 4;
  let image = pixel / (uniforms.inWidth * uniforms.inHeight);
  let h = pixel / uniforms.inWidth % uniforms.inHeight + uniforms.padTop;
  let w = pixel % uniforms.inWidth + uniforms.padLeft;
  let taps = uniforms.kernelHeight * uniforms.kernelWidth;
  var sum = vec4<f32>();
  for (var kh = 0; kh < uniforms.kernelHeight; kh++) {
    // The output row that this row of the kernel joins with this row of the input, if a stride leads there.
    let top = h - kh * uniforms.dilationHeight;
    let oh = top / uniforms.strideHeight;
    if (top < 0 || top % uniforms.strideHeight != 0 || oh >= uniforms.outHeight) { continue; }
    for (var kw = 0; kw < uniforms.kernelWidth; kw++) {
      let left = w - kw * uniforms.dilationWidth;
      let ow = left / uniforms.strideWidth;
      if (left < 0 || left % uniforms.strideWidth != 0 || ow >= uniforms.outWidth) { continue; }
      let at = ((image * uniforms.outHeight + oh) * uniforms.outWidth + ow) * uniforms.outChannels;
      for (var o = group * uniforms.groupOut; o < (group + 1) * uniforms.groupOut; o++) {
        let word = filters[(o * taps + kh * uniforms.kernelWidth + kw) * uniforms.wordsPerTap + (first >> 5u)];
        let bits = (vec4(word) >> (vec4<u32>(0, 1, 2, 3) + u32(first & 31))) & vec4(1);
        sum += dy[at + o] * ${has.scale ? 'bitcast<f32>(parameters[o])' : '1.0'} * vec4<f32>(1 - 2 * bits);
      }
    }
  }
${eachLane((lane, k) => `  store(pixel, group, first + ${k}, sum.${lane});`)}
}
fn store(pixel: i32, group: i32, channel: i32, value: f32) {
  if (channel >= uniforms.groupIn) { return; }
  let at = group * uniforms.groupIn + channel;
  ${has.mask ? 'let passes = ((mask[pixel * uniforms.wordsPerPixel + (at >> 5u)] >> u32(at & 31)) & 1) == 1;' : ''}
  result[pixel * uniforms.inChannels + at] = ${has.mask ? 'select(0.0, value, passes)' : 'value'};
}
`;
}

/**
 * dw of a binary convolution from the packed `x` and `dy`: column = output channel, row = tap and block of four channels of its group. Sums run along
 * a row of the output first, so that rounding errors grow with the row and the number of rows rather than their product.
 */
export function backpropFilterBody(levels: Levels): string {
  const value = levels === 'pm1' ? '1 - 2 * bits' : 'bits';
  return `
fn valuesAt(pixel: i32, channels: vec4<i32>) -> vec4<f32> {
  let at = pixel * uniforms.wordsPerPixel + (channels >> vec4(5u));
  let bits = (vec4(x[at.x], x[at.y], x[at.z], x[at.w]) >> vec4<u32>(channels & vec4(31))) & vec4(1);
  return vec4<f32>(${value});
}
fn item(o: i32, row: i32) {
  let tap = row / uniforms.blocksPerGroup;
  let first = row % uniforms.blocksPerGroup * 4;
  let kh = tap / uniforms.kernelWidth;
  let kw = tap % uniforms.kernelWidth;
  let lanes = min(vec4(0, 1, 2, 3) + first, vec4(uniforms.groupIn - 1));
  let channels = o / uniforms.groupOut * uniforms.groupIn + lanes;
  var sum = vec4<f32>();
  for (var line = 0; line < uniforms.batch * uniforms.outHeight; line++) {
    let h = line % uniforms.outHeight * uniforms.strideHeight + kh * uniforms.dilationHeight - uniforms.padTop;
    let image = line / uniforms.outHeight * uniforms.inHeight;
    var along = vec4<f32>();
    for (var ow = 0; ow < uniforms.outWidth; ow++) {
      let w = ow * uniforms.strideWidth + kw * uniforms.dilationWidth - uniforms.padLeft;
      let inside = h >= 0 && h < uniforms.inHeight && w >= 0 && w < uniforms.inWidth;
      var values = vec4(f32(uniforms.padValue));
      if (inside) { values = valuesAt((image + h) * uniforms.inWidth + w, channels); }
      along += dy[(line * uniforms.outWidth + ow) * uniforms.outChannels + o] * values;
    }
    sum += along;
  }
${eachLane((lane, k) => `  if (first + ${k} < uniforms.groupIn) { result[(tap * uniforms.groupIn + first + ${k}) * uniforms.outChannels + o] = sum.${lane}; }`)}
}
`;
}

/** The gradient of the scales from `dw` and the packed `filters`: column = output channel. */
export const scaleGradientBody = `
fn item(o: i32, row: i32) {
  var sum = 0.0;
  for (var tap = 0; tap < uniforms.taps; tap++) {
    var along = 0.0;
    for (var c = 0; c < uniforms.inChannels; c++) {
      let bit = (filters[(o * uniforms.taps + tap) * uniforms.wordsPerTap + (c >> 5u)] >> u32(c & 31)) & 1;
      along += dw[(tap * uniforms.inChannels + c) * uniforms.outChannels + o] * f32(1 - 2 * bit);
    }
    sum += along;
  }
  result[o] = sum;
}
`;
