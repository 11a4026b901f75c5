import type { Estimator, tf, WeightQuantizer } from '@onebit/ops';
import type { ForwardContext } from '../module.js';
import type { WeightBinarizer } from './binarizer.js';
import type { SignTerm } from './operand.js';
import { estimatorAt, progressOf, type ScheduledEstimator } from './sign-activation.js';

/** What is done with latent weights `[kh, kw, in, out]` before their sign is taken, differentiably. */
export interface WeightPreparation {
  readonly name: string;
  /** Levels and scale for tables, where the preparation brings a scale of its own. */
  readonly described?: ScaleDescription;
  apply(latent: tf.Tensor4D, context: ForwardContext): SignTerm;
}

type ScaleDescription = Pick<WeightBinarizer, 'levels' | 'scale' | 'computedScale'>;

/** Parts of {@link signWeight}. */
export interface SignWeightParts extends Omit<WeightQuantizer, 'estimator'> {
  readonly estimator?: Estimator | ScheduledEstimator;
  readonly prepare?: WeightPreparation;
}

/** A {@link WeightBinarizer} that is one sign times a scale. */
export interface SignWeight extends WeightBinarizer {
  readonly kind: 'sign';
  readonly parts: SignWeightParts;
  /** Scale, sign and gradient at a moment of training; 1 is the end. */
  quantizer(progress: number): WeightQuantizer;
}

const scales: Record<WeightQuantizer['scale'], ScaleDescription> = {
  none: { levels: '±1', scale: 'none' },
  'filter-mean': { levels: '±a_o', scale: 'mean |w| of each filter', computedScale: 'filter' },
  'layer-mean': { levels: '±a', scale: 'mean |w| of the layer', computedScale: 'layer' },
};

/** `a sgn(prepare(w))` of latent weights `weight`, with the scale and gradient of a quantizer. */
export function signWeight(parts: SignWeightParts): SignWeight {
  const { estimator, prepare, scale, gradient, signOfZero } = parts;
  const quantizer = (progress: number): WeightQuantizer => ({
    scale,
    gradient,
    signOfZero,
    ...(estimator && { estimator: estimatorAt(estimator, progress) }),
  });
  return {
    kind: 'sign',
    parts,
    ...(prepare?.described ?? scales[scale]),
    gradient: estimator === undefined ? gradient : `${gradient} (${estimator.name})`,
    bits: 1,
    quantizer,
    build(layer) {
      const weights = layer.weights();
      return {
        latent: [weights],
        operand(context) {
          const latent = weights.variable as unknown as tf.Tensor4D;
          const terms = [prepare?.apply(latent, context) ?? { latent }];
          return { kind: 'signs', quantizer: quantizer(progressOf(context)), terms };
        },
      };
    },
  };
}
