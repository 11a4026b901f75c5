import type { TensorData } from '@onebit/common';
import { tf } from '@onebit/ops';

/** Overwrites a variable; the data are copied. */
export function assignData(variable: tf.Variable, { data }: TensorData): void {
  tf.tidy(() => variable.assign(tf.tensor(Float32Array.from(data as Float32Array), variable.shape, 'float32')));
}

/** A variable with data of its own: a clone would share the buffer that an optimizer updates in place, a product has a new one on every back end. */
export function copyOf(variable: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.mul(variable, 1), false));
}
