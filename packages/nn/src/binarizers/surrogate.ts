import { tf } from '@onebit/ops';

/**
 * `value(x)` in the forward pass, `backward(x, dy)` in the backward pass: a function whose gradient is not its own.
 * @param backward gives the gradient at `x`, of its shape
 */
export function surrogate<T extends tf.Tensor>(
  x: T,
  value: (x: T) => T,
  backward: (x: T, dy: tf.Tensor) => tf.Tensor,
): T {
  const run = tf.customGrad((input, save) => {
    (save as (tensors: tf.Tensor[]) => void)([input as T]);
    return { value: value(input as T), gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => backward(saved as T, dy) };
  });
  return run(x) as T;
}
