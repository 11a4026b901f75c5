import type { Conv2dGeometry } from '../../geometry.js';

/** Bytes of a float, and of a word. */
export const floatBytes = 4;

/** The uniforms of everything that moves a window over an image: where it lies in the input, and where its result in the output. */
export function windowUniforms(g: Conv2dGeometry) {
  const { batch, inHeight, inWidth, outHeight, outWidth, kernelHeight, kernelWidth } = g;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padTop, padLeft } = g;
  return {
    ...{ batch, inHeight, inWidth, outHeight, outWidth, kernelHeight, kernelWidth },
    ...{ strideHeight, strideWidth, dilationHeight, dilationWidth, padTop, padLeft },
  };
}
