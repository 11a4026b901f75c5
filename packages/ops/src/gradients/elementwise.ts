import { runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { preluGradient, sloped } from '../slopes.js';
import { gradient, passed, zeroGradient } from './config.js';

/** dx = dy * slope(x). */
function ofInput(kernelName: string, backward: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor): tf.GradConfig {
  return gradient(kernelName, { inputs: ['x'], backward: (dy, [x]) => ({ x: () => backward(dy, x) }) });
}

/** dx = dy * slope(y): cheaper where the slope is a function of the output. */
function ofOutput(kernelName: string, backward: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor): tf.GradConfig {
  return gradient(kernelName, { output: true, backward: (dy, [y]) => ({ x: () => backward(dy, y) }) });
}

/** Functions that are flat almost everywhere: their gradient is zero, not an error. */
function flat(kernelName: string): tf.GradConfig {
  return gradient(kernelName, { backward: (dy) => ({ x: () => zeroGradient(dy.shape) }) });
}

/** Functions of one tensor, element by element. */
export const elementwiseGradients: readonly tf.GradConfig[] = [
  ofInput(tf.Abs, (dy, x) => sloped('abs', dy, x)),
  ofOutput(tf.Exp, (dy, y) => tf.mul(dy, y)),
  ofOutput(tf.Expm1, (dy, y) => tf.mul(dy, tf.add(y, 1))),
  ofInput(tf.Log, (dy, x) => tf.div(dy, x)),
  ofInput(tf.Log1p, (dy, x) => tf.div(dy, tf.add(x, 1))),
  ofOutput(tf.Sqrt, (dy, y) => tf.div(dy, tf.mul(y, 2))),
  ofOutput(tf.Rsqrt, (dy, y) => tf.mul(tf.mul(dy, -0.5), tf.mul(y, tf.square(y)))),
  ofInput(tf.Square, (dy, x) => sloped('square', dy, x)),
  ofOutput(tf.Reciprocal, (dy, y) => tf.neg(tf.mul(dy, tf.square(y)))),
  gradient(tf.Neg, { backward: (dy) => ({ x: () => tf.neg(dy) }) }),
  ofInput(tf.Sin, (dy, x) => tf.mul(dy, tf.cos(x))),
  ofInput(tf.Cos, (dy, x) => tf.neg(tf.mul(dy, tf.sin(x)))),
  // d erf/dx = 2/sqrt(pi) exp(-x^2)
  ofInput(tf.Erf, (dy, x) => tf.mul(dy, tf.mul(2 / Math.sqrt(Math.PI), tf.exp(tf.neg(tf.square(x)))))),
  ofOutput(tf.Sigmoid, (dy, y) => sloped('sigmoid', dy, y)),
  ofOutput(tf.Tanh, (dy, y) => sloped('tanh', dy, y)),
  ofInput(tf.Softplus, (dy, x) => tf.mul(dy, tf.sigmoid(x))),
  ofOutput(tf.Relu, (dy, y) => sloped('relu', dy, y)),
  ofInput(tf.Relu6, (dy, x) => sloped('relu6', dy, x)),
  gradient<{ alpha: number }>(tf.LeakyRelu, {
    inputs: ['x'],
    backward: (dy, [x], { alpha }) => ({ x: () => sloped('leakyRelu', dy, x, alpha) }),
  }),
  gradient(tf.Prelu, {
    inputs: ['x', 'alpha'],
    backward: (dy, [x, alpha]) => {
      const [dx, dAlpha] = runOp(preluGradient, { dy, x, alpha }, {});
      return { x: () => dx, alpha: () => dAlpha };
    },
  }),
  ofOutput(tf.Elu, (dy, y) => sloped('elu', dy, y)),
  gradient<{ clipValueMin: number; clipValueMax: number }>(tf.ClipByValue, {
    inputs: ['x'],
    // Closed interval: 1 at both ends, as PyTorch's clamp.
    backward: (dy, [x], { clipValueMin, clipValueMax }) => ({
      x: () => sloped('clipByValue', dy, x, clipValueMin, clipValueMax),
    }),
  }),
  gradient(tf.Cast, { backward: (dy) => ({ x: () => passed(tf.cast(dy, 'float32')) }) }),
  gradient(tf.Identity, { backward: (dy) => ({ x: () => passed(tf.cast(dy, 'float32')) }) }),
  ...[tf.Sign, tf.Step, tf.Round, tf.Floor, tf.Ceil, tf.ZerosLike, tf.OnesLike].map(flat),
];
