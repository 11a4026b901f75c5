import { OnebitError, shapeError } from '@onebit/common';
import * as tf from '@tensorflow/tfjs-core';
import { backward } from './backward.js';
import { recordingOn, Tape } from './tape.js';

/** A function's value with its gradients; the caller disposes all of them. */
export interface ValueAndGradients<Value extends tf.Tensor, Source extends tf.Tensor> {
  readonly value: Value;
  /** By source. Sources that the value does not depend on are absent. */
  readonly gradients: ReadonlyMap<Source, tf.Tensor>;
}

/**
 * The value of `loss` and its gradients with respect to `variables`, as `tf.variableGrads` gives them, in less memory: the forward pass is recorded on
 * TensorFlow.js's tape, the backward pass frees each step of it as soon as it has been used. Of first order: for a tape that is being recorded
 * outside, all results are constants. When `loss` or a gradient throws, nothing stays behind.
 * @throws OnebitError ERR_SHAPE if the value is not a scalar, ERR_USAGE if it depends on no variable.
 */
export function valueAndGradients<Variable extends tf.Tensor>(
  loss: () => tf.Scalar,
  variables: readonly Variable[],
): ValueAndGradients<tf.Scalar, Variable> {
  return differentiate(loss, variables, (value) => {
    if (value.rank !== 0) throw shapeError('valueAndGradients', 'the value', 'a scalar', value.shape);
    return tf.scalar(1);
  });
}

/**
 * {@link valueAndGradients} for values of any shape.
 * @param seedOf gives the gradient at the value, of its shape, which is left to the caller.
 */
export function differentiate<Value extends tf.Tensor, Source extends tf.Tensor>(
  f: () => Value,
  sources: readonly Source[],
  seedOf: (value: Value) => tf.Tensor,
): ValueAndGradients<Value, Source> {
  const tape = new Tape(sources);
  try {
    // The scope frees the gradients when one of them throws; what nodes have saved is kept by the engine and released below.
    const [value, ...gradients] = tf.tidy(() => {
      const output = recordingOn(tape, () => tf.tidy(() => tf.clone(f()))); // a clone: f may return a source itself
      if (!tape.dependsOnSource(output)) throw independent();
      const byId = recordingOn(undefined, () => backward(tape, output, seedOf(output)));
      return [output, ...sources.map(({ id }) => byId.get(id))];
    }) as [Value, ...(tf.Tensor | undefined)[]];
    const found = sources.flatMap((source, i): [Source, tf.Tensor][] => {
      const gradient = gradients[i];
      return gradient === undefined ? [] : [[source, gradient]];
    });
    return { value, gradients: new Map(found) };
  } finally {
    tape.release();
  }
}

function independent(): OnebitError {
  return new OnebitError(
    'ERR_USAGE',
    'valueAndGradients: the value depends on none of the variables; compute it from them inside the function, without reading values',
  );
}
