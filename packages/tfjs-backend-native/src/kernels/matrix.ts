import * as tf from '@tensorflow/tfjs-core';
import { kernel, type NativeKernel } from '../kernel.js';

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Matrix products. Batch dimensions are equal, or one side has a single matrix for all. */
export const matrixKernels: readonly NativeKernel[] = [
  kernel<MatMulAttributes>(tf.BatchMatMul, (backend, { a, b }, { transposeA, transposeB }) => {
    const [left, right] = [backend.values(a, 'float32'), backend.values(b, 'float32')];
    if (left === undefined || right === undefined) return undefined;
    const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
    const [batchA, batchB] = [tf.util.sizeFromShape(outerA), tf.util.sizeFromShape(outerB)];
    if (batchA !== 1 && batchB !== 1 && !tf.util.arraysEqual(outerA, outerB)) return undefined;
    const [rows, depth] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
    const columns = b.shape[b.shape.length - (transposeB ? 2 : 1)];
    const outer = tf.broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
    const c = backend.output([...outer, rows, columns], 'float32');
    const shape = { batchA, batchB, rows, columns, depth };
    backend.native.matMul(left, right, c.values, shape, transposeA, transposeB);
    return c.info;
  }),
];
