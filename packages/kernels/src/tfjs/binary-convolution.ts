import * as tf from '@tensorflow/tfjs-core';
import { type Conv2dGeometry, conv2dGeometry, type PadValue } from '../geometry.js';
import {
  type ActivationQuantizer,
  binarize,
  binarizeGradient,
  binarizeOp,
  binarizeWeight,
  binarizeWeightGradient,
  binarizeWeightOp,
  signs,
  type WeightQuantizer,
  weightScale,
} from './binarize.js';
import {
  type Conv2dOptions,
  conv2d,
  conv2dFilterGradient,
  conv2dInputGradient,
  gradientOf,
  groupsOf,
} from './convolution.js';
import { fit } from './fit.js';
import { type Op, runOp } from './op.js';

/** Options of {@link binaryConv2d}. */
export interface BinaryConv2dOptions extends Conv2dOptions {
  /** What a tap outside the input contributes: nothing, +1 or -1. */
  readonly padValue: PadValue;
  readonly activation: ActivationQuantizer;
  readonly weight: WeightQuantizer;
}

/** Attributes of the binary convolution kernel. */
export interface BinaryConv2dAttributes {
  readonly geometry: Conv2dGeometry;
  readonly padValue: PadValue;
  readonly activation: ActivationQuantizer;
  readonly weight: WeightQuantizer;
}

/**
 * Convolution of binarized activations with binarized weights, `x` `[N, H, W, C]` and latent `w` `[kh, kw, C / groups, O]`, both real:
 * `a_o (sgn(pad(x)) * sgn(w))`. The sum over signs is an exact whole number on every back end; only the product with the scale rounds.
 * Where the back end has packed kernels they are used; gradients follow the two quantizers.
 */
export function binaryConv2d(x: tf.Tensor4D, w: tf.Tensor4D, options: BinaryConv2dOptions): tf.Tensor4D {
  const { padValue, activation, weight } = options;
  const groups = groupsOf('binaryConv2d', x, w);
  const geometry = conv2dGeometry(x.shape, w.shape, { ...options, groups });
  if (groups > 1) return grouped(x, w, geometry, options);
  return runOp(binaryConv2dOp, { x, w }, { geometry, padValue, activation, weight })[0] as tf.Tensor4D;
}

/** Groups are rare in binary networks: composed of differentiable ops rather than fused. */
function grouped(x: tf.Tensor4D, w: tf.Tensor4D, g: Conv2dGeometry, options: BinaryConv2dOptions): tf.Tensor4D {
  return tf.tidy(() => {
    const activations = fit(binarize(x, options.activation), paddingOf(g), options.padValue);
    return conv2d(activations, binarizeWeight(w, options.weight), { ...options, padding: 'valid' });
  });
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

/** {@link binaryConv2d} without groups, as an op. */
export const binaryConv2dOp: Op<BinaryConv2dAttributes> = {
  name: 'BinaryConv2D',
  portable({ x, w }, { geometry: g, padValue, activation, weight }) {
    const activations = fit(binarize(x as tf.Tensor4D, activation), paddingOf(g), padValue);
    // Signs first, scale after: sums of +-1 are exact in float32 below 2^24 taps, sums of scaled signs are not.
    const sums = conv2d(activations, signs(w, weight.signOfZero) as tf.Tensor4D, {
      strides: [g.strideHeight, g.strideWidth],
      dilations: [g.dilationHeight, g.dilationWidth],
      padding: 'valid',
    });
    return weight.scale === 'none' ? sums : tf.mul(sums, weightScale(w, weight.scale));
  },
  gradient: {
    inputs: ['x', 'w'],
    backward: (dy, [x, w], { geometry, padValue, activation, weight }) => ({
      x: () => {
        const filter = runOp(binarizeWeightOp, { w }, weight)[0];
        const atSigns = gradientOf(conv2dInputGradient, { dy, filter }, geometry);
        return runOp(binarizeGradient, { dy: atSigns, x }, activation)[0];
      },
      w: () => {
        const activations = runOp(binarizeOp, { x }, activation)[0] as tf.Tensor4D;
        const atSigns =
          padValue === 0
            ? gradientOf(conv2dFilterGradient, { x: activations, dy }, geometry)
            : gradientOf(
                conv2dFilterGradient,
                { x: fit(activations, paddingOf(geometry), padValue), dy },
                unpadded(geometry),
              );
        return runOp(binarizeWeightGradient, { dy: atSigns, w }, weight)[0];
      },
    }),
  },
};
