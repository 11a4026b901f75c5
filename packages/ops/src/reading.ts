import type * as tf from '@tensorflow/tfjs-core';

/**
 * A computation that needs the values of tensors on its way, as a generator: it yields each tensor it wants to read and goes on when it is handed the values. So one
 * text serves back ends that read at once and GPUs that must be waited for, and whoever runs it holds the engine in their hands during the wait.
 */
export type Reading<T> = Generator<tf.Tensor, T, tf.BackendValues>;

/** A result, or a computation of it that reads values. */
export type MaybeReading<T> = T | Reading<T>;

/** The values of a tensor, inside a {@link Reading}: `const values = yield* read(tensor)`. They may be the live buffer; don't change them. */
export function* read<V extends tf.BackendValues = Float32Array>(tensor: tf.Tensor): Reading<V> {
  return (yield tensor) as V;
}

/** Goes on with a computation whether it reads values or not: `const result = yield* asReading(f())`. */
export function* asReading<T>(value: MaybeReading<T>): Reading<T> {
  return isReading(value) ? yield* value : value;
}

/**
 * Runs a computation and waits for the values it reads.
 * @param around runs each part between two reads; by default as it is.
 */
export async function runReading<T>(
  reading: Reading<T>,
  around: <R>(part: () => R) => R = (part) => part(),
): Promise<T> {
  let step = around(() => reading.next());
  while (!step.done) {
    const values = await step.value.data();
    step = around(() => reading.next(values));
  }
  return step.value;
}

/** Runs a computation on a back end that reads at once (all but webgpu). */
export function runReadingSync<T>(reading: Reading<T>): T {
  let step = reading.next();
  while (!step.done) step = reading.next(step.value.dataSync());
  return step.value;
}

function isReading<T>(value: MaybeReading<T>): value is Reading<T> {
  return Object.prototype.toString.call(value) === '[object Generator]';
}
