import type { Parameter } from '@onebit/nn';
import type { tf } from '@onebit/ops';
import type { ParameterSettings } from './parameter-groups.js';

/** One parameter of an update: its gradient, its settings and the state that the rule keeps of it. */
export interface ParameterUpdate {
  readonly parameter: Parameter;
  readonly gradient: tf.Tensor;
  readonly rate: number;
  readonly weightDecay: number;
  /** Number of this update of the parameter, from 1. */
  readonly step: number;
  readonly slots: Readonly<Record<string, tf.Variable>>;
}

/** How an optimizer of some kind updates parameters in place. */
export interface UpdateRule {
  /** Names of the tensors it keeps of each parameter, zeros at first. */
  readonly slots: readonly string[];
  /**
   * Makes a parameter ready before its first update.
   * @throws OnebitError ERR_RECIPE for one that this rule can't train.
   */
  prepare?(name: string, parameter: Parameter, settings: ParameterSettings): void;
  /** @param scale factor on all gradients. */
  apply(updates: readonly ParameterUpdate[], scale: number): void;
}
