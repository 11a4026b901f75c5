import { OnebitError, shapeError } from '@onebit/common';
import * as tf from '@tensorflow/tfjs-core';
import { asReading, type MaybeReading, type Reading, runReading } from '../reading.js';
import { backward } from './backward.js';
import { LastingScope } from './lasting-scope.js';
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
  return differentiate(loss, variables, scalarSeed);
}

/**
 * {@link valueAndGradients} of a loss that may read values on its way, on every back end. While a read is waited for nothing is recorded, and the engine is as it was:
 * other work, a second differentiation included, may go on meanwhile.
 */
export async function valueAndGradientsAsync<Variable extends tf.Tensor>(
  loss: () => MaybeReading<tf.Scalar>,
  variables: readonly Variable[],
): Promise<ValueAndGradients<tf.Scalar, Variable>> {
  const tape = new Tape(variables);
  try {
    return gradientsAt(await recorded(tape, loss), tape, variables, scalarSeed);
  } finally {
    tape.release();
  }
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
    const output = recordingOn(tape, () => tf.tidy(() => tf.clone(f()))); // a clone: f may return a source itself
    return gradientsAt(output, tape, sources, seedOf);
  } finally {
    tape.release();
  }
}

/** The value of `loss`, recorded part by part. */
async function recorded(tape: Tape, loss: () => MaybeReading<tf.Scalar>): Promise<tf.Scalar> {
  function* cloned(): Reading<tf.Scalar> {
    return tf.clone(yield* asReading(loss()));
  }
  const scope = new LastingScope();
  let value: tf.Scalar | undefined;
  try {
    value = await runReading(cloned(), (part) => recordingOn(tape, () => scope.run(part)));
    return value;
  } finally {
    scope.close(value);
  }
}

/** Takes `output` over: it is part of the result, or disposed. What nodes have saved is kept by the engine and left to the tape's release. */
function gradientsAt<Value extends tf.Tensor, Source extends tf.Tensor>(
  output: Value,
  tape: Tape,
  sources: readonly Source[],
  seedOf: (value: Value) => tf.Tensor,
): ValueAndGradients<Value, Source> {
  try {
    if (!tape.dependsOnSource(output)) throw independent();
    // The scope frees the gradients when one of them throws.
    const gradients = tf.tidy(() => {
      const byId = recordingOn(undefined, () => backward(tape, output, seedOf(output)));
      return sources.map(({ id }) => byId.get(id));
    }) as (tf.Tensor | undefined)[];
    const found = sources.flatMap((source, i): [Source, tf.Tensor][] => {
      const gradient = gradients[i];
      return gradient === undefined ? [] : [[source, gradient]];
    });
    return { value: output, gradients: new Map(found) };
  } catch (error) {
    output.dispose();
    throw error;
  }
}

function scalarSeed(value: tf.Scalar): tf.Scalar {
  if (value.rank !== 0) throw shapeError('valueAndGradients', 'the value', 'a scalar', value.shape);
  return tf.scalar(1);
}

function independent(): OnebitError {
  return new OnebitError(
    'ERR_USAGE',
    'valueAndGradients: the value depends on none of the variables; compute it from them inside the function, without reading values',
  );
}
