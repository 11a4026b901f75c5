import { OnebitError } from '@onebit/common';
import { tf } from '@onebit/ops';

/**
 * What a parameter is for. Optimizers partition by it (weight decay skips `norm` and `bias`), cost accounting reads it (`latent` is stored as
 * one bit), and only `latent` weights are clipped.
 */
export type ParameterRole = 'latent' | 'weight' | 'bias' | 'norm' | 'scale';

export interface ParameterOptions {
  readonly role: ParameterRole;
  /** Half-width of the interval a latent weight is clipped to after each update; leave out for no clipping. */
  readonly clip?: number;
}

/** A tensor in the place of a parameter's variable. */
export interface Substitute {
  readonly tensor: tf.Tensor;
  /** Whether a layer has asked for it. */
  read: boolean;
}

/**
 * A trained tensor. The `tf.Variable` inside is unnamed, because tfjs refuses two variables of one name in a process and two models of the same
 * architecture must live side by side; a parameter's name is its path in the module tree.
 */
export class Parameter {
  readonly role: ParameterRole;
  readonly clip?: number;
  /** False where a module is frozen: optimizers must leave the variable as it is. */
  trainable = true;
  /** Set by {@link withParameters} alone. */
  substitute?: Substitute;
  readonly #variable: tf.Variable;
  #curvature?: tf.Variable;

  constructor(shape: readonly number[], values: Float32Array, { role, clip }: ParameterOptions) {
    if (clip !== undefined && !(clip > 0)) {
      throw new OnebitError('ERR_USAGE', `Parameter: clip must be a positive number or left out, got ${clip}`);
    }
    this.#variable = makeVariable(shape, values, true);
    this.role = role;
    this.clip = clip;
  }

  /** What layers compute with and optimizers update; inside {@link withParameters} the tensor that stands for it there. */
  get variable(): tf.Variable {
    if (this.substitute === undefined) return this.#variable;
    this.substitute.read = true;
    return this.substitute.tensor as tf.Variable; // layers read it as a tensor; nothing is assigned inside a forward pass
  }

  /**
   * Diagonal of the loss's curvature, of the shape of the weights, where a layer has asked for it by {@link trackCurvature}: Adam writes
   * `sqrt(v) + 1e-8` here after each update, v being its second moment. Belongs to the model's buffers under the name `<parameter>.curvature`.
   */
  get curvature(): tf.Variable | undefined {
    return this.#curvature;
  }

  /** Has the optimizer write the curvature of this parameter from now on; ones, that is no preference among weights, until the first update. */
  trackCurvature(): tf.Variable {
    this.#curvature ??= makeVariable(this.shape, new Float32Array(this.size).fill(1), false);
    return this.#curvature;
  }

  get shape(): readonly number[] {
    return this.#variable.shape;
  }

  get size(): number {
    return this.#variable.size;
  }
}

/** An unnamed float32 variable; the values are copied. */
export function makeVariable(shape: readonly number[], values: Float32Array, trainable: boolean): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor(values.slice(), [...shape], 'float32'), trainable));
}
