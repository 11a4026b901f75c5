import * as tf from '@tensorflow/tfjs-core';
import { gradient, sumTo } from './config.js';

/** Matrix product, with transposed operands and broadcast batch dimensions. */
export const matrixGradients: readonly tf.GradConfig[] = [
  gradient<{ transposeA: boolean; transposeB: boolean }>(tf.BatchMatMul, {
    inputs: ['a', 'b'],
    backward: (dy, [a, b], { transposeA, transposeB }) => ({
      // C = A B: dA = dC B^T, dB = A^T dC; for a transposed operand both sides are transposed.
      a: () => sumTo(transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB), a.shape),
      b: () => sumTo(transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false), b.shape),
    }),
  }),
];
