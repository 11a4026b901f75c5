import type { TensorData } from '@onebit/common';
import { tf } from '@onebit/ops';

/** A copy of a float tensor's values: what `dataSync` gives may be the live buffer. */
export function tensorData(tensor: tf.Tensor): TensorData<'F32'> {
  return { dtype: 'F32', shape: [...tensor.shape], data: Float32Array.from(tensor.dataSync()) };
}

/** Overwrites a variable; the data are copied. */
export function assignData(variable: tf.Variable, { data }: TensorData): void {
  tf.tidy(() => variable.assign(tf.tensor(Float32Array.from(data as Float32Array), variable.shape, 'float32')));
}

/** A variable with data of its own: a clone would share the buffer that an optimizer updates in place. */
export function copyOf(variable: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor(tensorData(variable).data, variable.shape, 'float32'), false));
}
