import * as tf from '@tensorflow/tfjs-core';
import { type GradientConfig, gradient, mask, passed, sumTo } from './config.js';

const operands = ['a', 'b'];

/** Binary arithmetic with broadcasting: every gradient is summed over the dimensions in which its operand was broadcast. */
export const arithmeticGradients: readonly GradientConfig[] = [
  gradient(tf.Add, {
    inputs: operands,
    shapesOnly: true,
    backward: (dy, [a, b]) => ({ a: () => sumTo(dy, a.shape), b: () => sumTo(dy, b.shape) }),
  }),
  {
    kernelName: tf.AddN,
    saveAllInputs: true,
    shapesOnly: true,
    gradFunc: (dy, saved) => Object.fromEntries(saved.map((_, i) => [String(i), () => passed(dy as tf.Tensor)])),
  },
  gradient(tf.Sub, {
    inputs: operands,
    shapesOnly: true,
    backward: (dy, [a, b]) => ({ a: () => sumTo(dy, a.shape), b: () => tf.neg(sumTo(dy, b.shape)) }),
  }),
  gradient(tf.Multiply, {
    inputs: operands,
    backward: (dy, [a, b]) => ({
      a: () => sumTo(tf.mul(dy, b), a.shape),
      b: () => sumTo(tf.mul(dy, a), b.shape),
    }),
  }),
  gradient(tf.RealDiv, {
    inputs: operands,
    backward: (dy, [a, b]) => ({
      a: () => sumTo(tf.div(dy, b), a.shape),
      b: () => tf.neg(sumTo(tf.div(tf.mul(dy, a), tf.square(b)), b.shape)),
    }),
  }),
  gradient(tf.SquaredDifference, {
    inputs: operands,
    backward: (dy, [a, b]) => {
      const slope = () => tf.mul(dy, tf.mul(2, tf.sub(a, b)));
      return { a: () => sumTo(slope(), a.shape), b: () => tf.neg(sumTo(slope(), b.shape)) };
    },
  }),
  // A tie goes to `a` alone, so that the two gradients always add up to dy.
  gradient(tf.Maximum, {
    inputs: operands,
    backward: (dy, [a, b]) => ({
      a: () => sumTo(tf.mul(dy, mask(tf.greaterEqual(a, b))), a.shape),
      b: () => sumTo(tf.mul(dy, mask(tf.less(a, b))), b.shape),
    }),
  }),
  gradient(tf.Minimum, {
    inputs: operands,
    backward: (dy, [a, b]) => ({
      a: () => sumTo(tf.mul(dy, mask(tf.lessEqual(a, b))), a.shape),
      b: () => sumTo(tf.mul(dy, mask(tf.greater(a, b))), b.shape),
    }),
  }),
  gradient(tf.Pow, {
    inputs: operands,
    output: true,
    backward: (dy, [a, b, y]) => ({
      a: () => sumTo(tf.mul(dy, tf.mul(b, tf.pow(a, tf.sub(b, 1)))), a.shape),
      // d/db a^b = a^b ln a, which is 0 at a <= 0 by convention: there the power is only defined for whole b.
      b: () => sumTo(tf.mul(dy, tf.where(tf.greater(a, 0), tf.mul(y, tf.log(a)), tf.zerosLike(y))), b.shape),
    }),
  }),
  gradient(tf.Atan2, {
    inputs: operands,
    backward: (dy, [a, b]) => {
      const overSquare = () => tf.div(dy, tf.add(tf.square(a), tf.square(b)));
      return {
        a: () => sumTo(tf.mul(overSquare(), b), a.shape),
        b: () => tf.neg(sumTo(tf.mul(overSquare(), a), b.shape)),
      };
    },
  }),
];
