import { OnebitError, shapeError } from '@onebit/common/errors';
import * as tf from '@tensorflow/tfjs-core';
import { conv2dGeometry, type PadValue } from '../geometry.js';
import type { ActivationQuantizer, WeightQuantizer } from './binarize.js';
import { convolveBits, runsOnBits } from './binary-convolution-bits.js';
import { binaryConv2dOp } from './binary-convolution-op.js';
import type { BinaryConv2dTerm } from './binary-terms.js';
import { type Conv2dOptions, groupsOf } from './convolution.js';
import { type Inputs, runOp } from './op.js';

/** Options of {@link binaryConv2d} and {@link binaryConv2dSum}. */
export interface BinaryConv2dOptions extends Conv2dOptions {
  /** What a tap outside the input contributes: nothing, +1 or -1. */
  readonly padValue: PadValue;
  readonly activation: ActivationQuantizer;
  readonly weight: WeightQuantizer;
}

/**
 * Convolution of binarized activations with binarized weights, `x` `[N, H, W, C]` and latent `w` `[kh, kw, C / groups, O]`, both real:
 * `a_o (sgn(pad(x)) * sgn(w))`. The sum over signs is an exact whole number on every back end; only the product with the scale rounds.
 * Gradients follow the two quantizers. Where the back end has kernels over packed bits, those are used, and training keeps bits in place of `x`.
 * @param scale as in {@link BinaryConv2dTerm} (XNOR-Net++; Bulat and Tzimiropoulos 2019, arXiv 1909.13863, case 1)
 */
export function binaryConv2d(
  x: tf.Tensor4D,
  w: tf.Tensor4D,
  options: BinaryConv2dOptions,
  scale?: tf.Tensor,
): tf.Tensor4D {
  return binaryConv2dSum([{ x, w, scale }], options);
}

/** {@link binaryConv2d} of every channel with kernels of its own: `x` `[N, H, W, C]`, latent `w` `[kh, kw, C, m]`, result `[N, H', W', C m]`. */
export function binaryDepthwiseConv2d(x: tf.Tensor4D, w: tf.Tensor4D, options: BinaryConv2dOptions): tf.Tensor4D {
  const [height, width, channels, multiplier] = w.shape;
  if (channels !== x.shape[3]) throw shapeError('binaryDepthwiseConv2d', 'w', `[kh, kw, ${x.shape[3]}, m]`, w.shape);
  return binaryConv2d(x, tf.reshape(w, [height, width, 1, channels * multiplier]), options);
}

/**
 * Sum of binary convolutions over one geometry, `sum over i of scale_i a_i (sgn(pad(x_i)) * sgn(w_i))`: the bases of ABC-Net (Lin et al. 2017,
 * arXiv 1711.11294) and Group-Net (Zhuang et al. 2019, arXiv 1811.10413). A tensor may occur in several terms; its signs are packed once.
 * @throws OnebitError ERR_SHAPE when there is no term, shapes differ, or only some terms have a scale
 */
export function binaryConv2dSum(terms: readonly BinaryConv2dTerm[], options: BinaryConv2dOptions): tf.Tensor4D {
  checkTerms(terms);
  const [{ x, w, scale }] = terms;
  const { padValue, activation, weight } = options;
  const groups = groupsOf('binaryConv2d', x, w);
  const geometry = conv2dGeometry(x.shape, w.shape, { ...options, groups });
  const attributes = { geometry, padValue, activation, weight, scaled: scale !== undefined };
  const tensors = terms.flatMap((term) => (term.scale === undefined ? [term.x, term.w] : [term.x, term.w, term.scale]));
  if (runsOnBits(terms, attributes)) return convolveBits(tensors, attributes);
  return runOp(binaryConv2dOp, tensors as unknown as Inputs, attributes)[0] as tf.Tensor4D;
}

function checkTerms(terms: readonly BinaryConv2dTerm[]): void {
  if (terms.length === 0)
    throw new OnebitError('ERR_SHAPE', 'binaryConv2d: terms must hold at least one term, got none');
  const [first] = terms;
  for (const { x, w, scale } of terms) {
    if (!tf.util.arraysEqual(x.shape, first.x.shape)) {
      throw shapeError('binaryConv2d', 'x', `[${first.x.shape}] like the first`, x.shape);
    }
    if (!tf.util.arraysEqual(w.shape, first.w.shape)) {
      throw shapeError('binaryConv2d', 'w', `[${first.w.shape}] like the first`, w.shape);
    }
    if ((scale === undefined) !== (first.scale === undefined)) {
      throw new OnebitError('ERR_SHAPE', 'binaryConv2d: all terms must have a scale, or none, got both kinds');
    }
    const channels = w.shape[w.rank - 1];
    if (scale !== undefined && (scale.rank > 1 || (scale.size !== 1 && scale.size !== channels))) {
      throw shapeError('binaryConv2d', 'scale', `[${channels}], [1] or []`, scale.shape);
    }
  }
}
