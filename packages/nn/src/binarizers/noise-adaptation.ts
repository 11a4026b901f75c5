import { binarize, binarizeWeight, tf } from '@onebit/ops';
import { kaimingNormal } from '../initializers.js';
import type { ActivationBinarizer, LayerScope, WeightBinarizer } from './binarizer.js';
import { progressOf, type SignActivation, signActivation } from './sign-activation.js';
import type { SignWeight } from './sign-weight.js';

/** Channels for each hidden unit of the two-layer network. */
const reduction = 16;
/** Share of the sine in the output of the module, and of the module in what is convolved when a run starts (BiBench's layer). */
const [sineShare, firstShare] = [0.1, 0.1];

/** Share of the noise adaptation in what is convolved: a cosine from 0.1 to 0, which is reached at the end of a run. */
function noiseShare(progress: number): number {
  return (firstShare * (1 + Math.cos(Math.PI * progress))) / 2;
}

/**
 * Signs, and while a network trains FDA-BNN's noise adaptation (Xu et al., NeurIPS 2021) on top, a function of the real activations whose share decays to 0.
 * Parameters `inputNoise.first` `[in, hidden]` and `inputNoise.second` `[hidden, in]`.
 */
export function noisyActivation(signs: SignActivation): ActivationBinarizer {
  const { levels, gradient, bits, parts } = signs;
  return {
    levels,
    gradient,
    bits,
    nonNegative:
      parts.levels === 'pm1' ? () => noisyActivation(signActivation({ ...parts, levels: 'zero-one' })) : undefined,
    build(layer) {
      const plain = signs.build(layer);
      const noise = noiseAdaptation(layer, 'inputNoise');
      return (x, context) => {
        const share = noiseShare(progressOf(context));
        if (share === 0) return plain(x, context);
        const values = binarize(x, signs.quantizer(progressOf(context)));
        return { kind: 'real', value: tf.addN([values, ...noise(x, share)]) };
      };
    },
  };
}

/** {@link noisyActivation} for weights, along their input channels: parameters `weightNoise.first` and `weightNoise.second`. */
export function noisyWeight(signs: SignWeight): WeightBinarizer {
  const { levels, gradient, scale, computedScale, bits } = signs;
  return {
    levels,
    gradient,
    scale,
    computedScale,
    bits,
    build(layer) {
      const { latent, ...plain } = signs.build(layer);
      const noise = noiseAdaptation(layer, 'weightNoise');
      return {
        latent,
        operand(context) {
          const share = noiseShare(progressOf(context));
          if (share === 0) return plain.operand(context);
          const weights = latent[0].variable as unknown as tf.Tensor4D;
          const values = binarizeWeight(weights, signs.quantizer(progressOf(context)));
          const inputsLast = tf.transpose(weights, [0, 1, 3, 2]);
          const added = tf.transpose(tf.addN(noise(inputsLast, share)), [0, 1, 3, 2]);
          return { kind: 'real', value: tf.add(values, added) };
        },
      };
    },
  };
}

/** The two summands of `share (relu(x A) B + 0.1 sin x)` along the last axis, which has as many entries as the layer has inputs. */
function noiseAdaptation(layer: LayerScope, name: string): (x: tf.Tensor4D, share: number) => tf.Tensor4D[] {
  const { inChannels } = layer.geometry;
  const hidden = Math.ceil(inChannels / reduction);
  const matrix = (part: string, shape: readonly [number, number]) =>
    layer.weights({ name: `${name}.${part}`, shape, role: 'weight', initializer: kaimingNormal('in') });
  const first = matrix('first', [inChannels, hidden]);
  const second = matrix('second', [hidden, inChannels]);
  return (x, share) => {
    const rows = tf.reshape(x, [-1, inChannels]);
    const inner = tf.relu(tf.matMul(rows, first.variable as unknown as tf.Tensor2D));
    // The share multiplies the small matrix, not the map.
    const mapped = tf.matMul(inner, tf.mul(second.variable as unknown as tf.Tensor2D, share));
    return [tf.reshape(mapped, x.shape), tf.mul(tf.sin(x), sineShare * share)];
  };
}
