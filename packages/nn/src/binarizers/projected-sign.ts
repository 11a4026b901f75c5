import { OnebitError } from '@onebit/common';
import { estimators, tf, type WeightQuantizer } from '@onebit/ops';
import type { LayerScope, WeightBinarizer } from './binarizer.js';
import { constantOf } from './constant-of.js';
import { type SignOperand, weightValue } from './operand.js';
import { scaledSigns } from './scaled-signs.js';

const signs: WeightQuantizer = { scale: 'none', gradient: 'clip', estimator: estimators.clip, signOfZero: 1 };

/** Parts of {@link projectedSign}. */
export interface ProjectedSignParts {
  /** J, the projections of every latent kernel: a layer has out / J of these. */
  readonly projections: number;
  /** lambda, weight of the projection loss. */
  readonly strength: number;
}

/**
 * Weights of PCNN (Gu et al. 2019, arXiv 1811.12755): `a sgn(mean(W_j) c)`, a the mean |c| of the layer, of latent kernels c, parameter `weight` `[kh, kw, in, out / J]`, and trained
 * projection matrices W, parameter `projection` `[J, kh, kw]`, with a loss that draws each projected kernel to what it is binarized to.
 * @throws OnebitError ERR_USAGE for outputs that J does not divide
 */
export function projectedSign({ projections, strength }: ProjectedSignParts): WeightBinarizer {
  return {
    levels: '±a',
    gradient: `${estimators.clip.name} of the projected kernel, times the projection`,
    scale: 'mean |w| of the layer',
    computedScale: 'layer',
    bits: 1,
    build(layer) {
      const { kernelSize, inChannels, outChannels } = layer.geometry;
      checkOutputs(layer, projections);
      const weights = layer.weights({ shape: [...kernelSize, inChannels, outChannels / projections] });
      const kernels = weights.variable as unknown as tf.Tensor4D;
      const start = startOf(projections, kernelSize[0] * kernelSize[1]);
      const matrices = layer.parameter('projection', [projections, ...kernelSize], start)
        .variable as unknown as tf.Tensor3D;
      return {
        latent: [weights],
        operand: () => projectedSigns(kernels, matrices),
        penalties() {
          const quantized = constantOf(kernels, (c) => stackOf(weightValue(projectedSigns(c, matrices)), projections));
          return { 'pcnn-projection': tf.mul(projectionLoss(kernels, matrices, quantized), strength) };
        },
      };
    },
  };
}

function checkOutputs({ where, geometry: { outChannels } }: LayerScope, projections: number): void {
  if (outChannels % projections === 0) return;
  throw new OnebitError(
    'ERR_USAGE',
    `${where}: ${projections} projections need a multiple of ${projections} output channels, got ${outChannels}; change projections or the width`,
  );
}

/** Matrices of equal numbers around 1 with different means: equal ones would stay equal. */
function startOf(projections: number, taps: number): Float32Array {
  return Float32Array.from({ length: projections * taps }, (_, i) => {
    const j = Math.floor(i / taps);
    return 1 + (2 * j + 1 - projections) / (2 * projections);
  });
}

/** The binary kernels `[kh, kw, in, J O]` of latent kernels `[kh, kw, in, O]` and matrices `[J, kh, kw]`; those of a matrix stand together. */
export function projectedSigns(kernels: tf.Tensor4D, matrices: tf.Tensor3D): SignOperand<WeightQuantizer> {
  const means = tf.unstack(tf.mean(matrices, [1, 2]));
  const projected = tf.concat(
    means.map((mean) => tf.mul<tf.Tensor4D>(kernels, mean)),
    3,
  );
  const level = constantOf(kernels, (c) => tf.mean(tf.abs(c)));
  return { kind: 'signs', quantizer: signs, terms: [scaledSigns(projected, level)] };
}

/** `[kh, kw, in, J O]` as `[J, kh, kw, in, O]`. */
function stackOf(kernels: tf.Tensor4D, projections: number): tf.Tensor {
  return tf.stack(tf.split(kernels, projections, 3));
}

/**
 * The projection loss without its factor lambda: `1/2 sum over j of ||Q_j - W_j c||^2`, each matrix multiplying all planes of a kernel.
 * @param kernels c `[kh, kw, in, O]`, or one for each projection, `[J, kh, kw, in, O]`: the paper adds the task gradient of the last step to them
 * @param matrices W `[J, kh, kw]`
 * @param quantized Q `[J, kh, kw, in, O]`
 */
export function projectionLoss(kernels: tf.Tensor, matrices: tf.Tensor3D, quantized: tf.Tensor): tf.Scalar {
  const projected = tf.mul(tf.reshape(matrices, [...matrices.shape, 1, 1]), kernels);
  return tf.mul(tf.sum(tf.square(tf.sub(quantized, projected))), 0.5) as tf.Scalar;
}
