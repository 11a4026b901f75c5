import type { Conv2dGeometry } from '../geometry.js';

/** One product of a convolution: flat indices of the input pixel's group, the filter tap and the output pixel; `inside` is false on the padding. */
export interface TapVisit {
  /** Index of channel 0 of the pixel in `[N, H, W, C]`; meaningless when not inside. */
  input: number;
  /** Index of the pixel in `[N, H, W]`. */
  pixel: number;
  /** `kh * kernelWidth + kw` */
  tap: number;
  /** Index of channel 0 of the pixel in `[N, H', W', O]`. */
  output: number;
  inside: boolean;
}

/** Calls `visit` for every (output pixel, tap), taps innermost. The object is reused between calls. */
export function forEachTap(g: Conv2dGeometry, visit: (at: TapVisit) => void): void {
  const at: TapVisit = { input: 0, pixel: 0, tap: 0, output: 0, inside: false };
  for (let n = 0; n < g.batch; n++) {
    for (let oh = 0; oh < g.outHeight; oh++) {
      for (let ow = 0; ow < g.outWidth; ow++) {
        at.output = ((n * g.outHeight + oh) * g.outWidth + ow) * g.outChannels;
        for (let kh = 0; kh < g.kernelHeight; kh++) {
          for (let kw = 0; kw < g.kernelWidth; kw++) {
            const h = oh * g.strideHeight + kh * g.dilationHeight - g.padTop;
            const w = ow * g.strideWidth + kw * g.dilationWidth - g.padLeft;
            at.tap = kh * g.kernelWidth + kw;
            at.inside = h >= 0 && h < g.inHeight && w >= 0 && w < g.inWidth;
            at.pixel = (n * g.inHeight + h) * g.inWidth + w;
            at.input = at.pixel * g.inChannels;
            visit(at);
          }
        }
      }
    }
  }
}
