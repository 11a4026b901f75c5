import * as tf from '@tensorflow/tfjs-core';
import type { ShapesOnly } from '../tape/tape.js';

/** Gradient functions of a kernel's inputs, by input name; each is called at most once, and only when its input needs a gradient. */
type InputGradients = Record<string, () => tf.Tensor>;

interface GradientRule<Attributes> extends ShapesOnly {
  /** Names of the inputs that `backward` gets, in this order, */
  readonly inputs?: readonly string[];
  /** followed by the kernel's output if this is set. */
  readonly output?: boolean;
  readonly backward: (dy: tf.Tensor, saved: tf.Tensor[], attributes: Attributes) => InputGradients;
}

/** A gradient as it is registered. */
export type GradientConfig = tf.GradConfig & ShapesOnly;

/** Gradient of a kernel with one output. */
export function gradient<Attributes = object>(kernelName: string, rule: GradientRule<Attributes>): GradientConfig {
  return {
    kernelName,
    inputsToSave: [...(rule.inputs ?? [])],
    outputsToSave: rule.output === true ? [true] : [],
    shapesOnly: rule.shapesOnly,
    gradFunc: (dy, saved, attrs) => rule.backward(dy as tf.Tensor, saved, attrs as unknown as Attributes),
  };
}

/** Sums `x` over the dimensions in which an operand of `shape` was broadcast; always a tensor object of its own. */
export function sumTo(x: tf.Tensor, shape: number[]): tf.Tensor {
  // The tape disposes gradients one by one while it adds them up, so two inputs must never share one tensor object: hence reshape throughout.
  const axes = tf.backend_util.getReductionAxes(shape, x.shape);
  return tf.reshape(axes.length === 0 ? x : tf.sum(x, axes), shape);
}

/** `dy` as a tensor object of its own (see {@link sumTo}). */
export function passed(dy: tf.Tensor): tf.Tensor {
  return tf.reshape(dy, dy.shape);
}

/** The zero gradient of an input of `shape`. */
export function zeroGradient(shape: number[]): tf.Tensor {
  return tf.zeros(shape, 'float32');
}

/** A 0/1 mask (any dtype) as float32, for masking gradients. */
export function mask(condition: tf.Tensor): tf.Tensor {
  return tf.cast(condition, 'float32');
}
