import { type ActivationQuantizer, type Estimator, tf } from '@onebit/ops';
import type { ForwardContext } from '../module.js';
import type { ActivationBinarizer } from './binarizer.js';

/**
 * An estimator that changes while a network trains: a function of the share of the run that is done, in [0, 1]. Nothing is kept between steps, so
 * that a resumed run has the gradients of an uninterrupted one.
 */
export interface ScheduledEstimator {
  readonly name: string;
  at(progress: number): Estimator;
}

/** Parts of {@link signActivation}. */
export interface SignActivationParts {
  readonly levels: ActivationQuantizer['levels'];
  readonly estimator: Estimator | ScheduledEstimator;
  readonly signOfZero: ActivationQuantizer['signOfZero'];
  /** True: a trained number for each input channel is added first, parameter `shift` `[in]` (RSign of ReActNet, arXiv 2003.03488). Default false. */
  readonly shift?: boolean;
}

/** An {@link ActivationBinarizer} that is one sign. */
export interface SignActivation extends ActivationBinarizer {
  readonly kind: 'sign';
  readonly parts: SignActivationParts;
  /** What the sign and its gradient are at a moment of training; 1 is the end. */
  quantizer(progress: number): ActivationQuantizer;
}

/** `sgn(x)` or `1[x > 0]`, with the gradient of an estimator. */
export function signActivation(parts: SignActivationParts): SignActivation {
  const { levels, estimator, signOfZero, shift = false } = parts;
  const quantizer = (progress: number) => ({ levels, estimator: estimatorAt(estimator, progress), signOfZero });
  return {
    kind: 'sign',
    parts,
    levels: levels === 'pm1' ? '±1' : '{0, 1}',
    gradient: estimator.name,
    bits: 1,
    quantizer,
    nonNegative: levels === 'pm1' && !shift ? () => signActivation({ ...parts, levels: 'zero-one' }) : undefined,
    build(layer) {
      const moved = shift ? layer.parameter('shift', [layer.geometry.inChannels], 0, 'norm') : undefined;
      return (x, context) => ({
        kind: 'signs',
        quantizer: quantizer(progressOf(context)),
        terms: [{ latent: moved === undefined ? x : tf.add(x, moved.variable) }],
      });
    },
  };
}

/** The estimator in force. */
export function estimatorAt(estimator: Estimator | ScheduledEstimator, progress: number): Estimator {
  return 'at' in estimator ? estimator.at(progress) : estimator;
}

/** The share of the run that is done; inference is what stands at its end. */
export function progressOf({ progress = 1 }: ForwardContext): number {
  return progress;
}
