import * as tf from '@tensorflow/tfjs-core';
import type { Conv2dGeometry } from '../geometry.js';
import { binarize, binarizeGradient, binarizeOp, binarizeWeightGradient, binarizeWeightOp, signs } from './binarize.js';
import { type BinaryConv2dAttributes, type BinaryConv2dTerm, factorOf, sumToScale, termsOf } from './binary-terms.js';
import { conv2d } from './convolution.js';
import { conv2dFilterGradient, conv2dInputGradient, gradientOf } from './convolution-gradients.js';
import { fit } from './fit.js';
import { type Op, runOp } from './op.js';

/** Sum of binary convolutions in floating point, as an op. Its inputs are a list: see {@link termsOf}. */
export const binaryConv2dOp: Op<BinaryConv2dAttributes> = {
  name: 'BinaryConv2D',
  portable(inputs, attributes) {
    const terms = termsOf(inputs as unknown as tf.Tensor[], attributes.scaled);
    // One after the other: float sums depend on the order.
    return terms.map((term) => convolveTerm(term, attributes)).reduce((sum, y) => tf.add(sum, y));
  },
  gradient: {
    inputs: 'all',
    backward(dy, saved, attributes) {
      const gradients = termsOf(saved, attributes.scaled).flatMap((term) => termGradients(dy, term, attributes));
      return Object.fromEntries(gradients.entries());
    },
  },
};

function convolveTerm({ x, w, scale }: BinaryConv2dTerm<tf.Tensor>, a: BinaryConv2dAttributes): tf.Tensor {
  const { geometry: g, padValue, activation, weight } = a;
  const activations = fit(binarize(x as tf.Tensor4D, activation), paddingOf(g), padValue);
  // Signs first, scale after: sums of +-1 are exact in float32 below 2^24 taps, sums of scaled signs are not.
  const sums = conv2d(activations, signs(w, weight.signOfZero) as tf.Tensor4D, {
    strides: [g.strideHeight, g.strideWidth],
    dilations: [g.dilationHeight, g.dilationWidth],
    padding: 'valid',
  });
  const factor = factorOf(w, scale, weight);
  return factor === undefined ? sums : tf.mul(sums, factor);
}

function termGradients(
  dy: tf.Tensor,
  { x, w, scale }: BinaryConv2dTerm<tf.Tensor>,
  { geometry, padValue, activation, weight }: BinaryConv2dAttributes,
): (() => tf.Tensor)[] {
  const binaryWeights = () => runOp(binarizeWeightOp, { w }, weight)[0];
  const atX = () => {
    const filter = scale === undefined ? binaryWeights() : tf.mul(binaryWeights(), scale);
    const atSigns = gradientOf(conv2dInputGradient, { dy, filter }, geometry);
    return runOp(binarizeGradient, { dy: atSigns, x }, activation)[0];
  };
  const unscaled = () => {
    const [activations] = runOp(binarizeOp, { x }, activation) as tf.Tensor4D[];
    if (padValue === 0) return gradientOf(conv2dFilterGradient, { x: activations, dy }, geometry);
    const padded = fit(activations, paddingOf(geometry), padValue);
    return gradientOf(conv2dFilterGradient, { x: padded, dy }, unpadded(geometry));
  };
  const latent = (atWeights: tf.Tensor) => runOp(binarizeWeightGradient, { dy: atWeights, w }, weight)[0];
  if (scale === undefined) return [atX, () => latent(unscaled())];
  const shared = unscaled();
  const atScale = () => sumToScale(tf.sum(tf.mul(shared, binaryWeights()), [0, 1, 2]), scale);
  return [atX, () => latent(tf.mul(shared, scale)), atScale];
}

const paddingOf = (g: Conv2dGeometry) => ({ top: g.padTop, bottom: g.padBottom, left: g.padLeft, right: g.padRight });

/** The geometry after the padding has been done. */
function unpadded(g: Conv2dGeometry): Conv2dGeometry {
  return {
    ...g,
    inHeight: g.inHeight + g.padTop + g.padBottom,
    inWidth: g.inWidth + g.padLeft + g.padRight,
    padTop: 0,
    padBottom: 0,
    padLeft: 0,
    padRight: 0,
  };
}
