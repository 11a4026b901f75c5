import {
  meanSquareOp,
  minedCrossEntropyGradient,
  minedCrossEntropyOp,
  pickedEntropyGradient,
  pickedEntropyOp,
  type SmoothL1RowsAttributes,
  smoothL1RowsGradient,
  smoothL1RowsOp,
  softmaxCrossEntropyGradient,
  softmaxCrossEntropyOp,
} from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { fused, type KernelInputs, type KernelResult, kernel, type NativeKernel } from '../kernel.js';

function alongLast(b: NativeBackend, kind: 'softmax' | 'logSoftmax', x: tf.TensorInfo, axis: number): KernelResult {
  const values = b.values(x, 'float32');
  const rank = x.shape.length;
  if (values === undefined || values.length === 0 || rank === 0 || (axis !== -1 && axis !== rank - 1)) return undefined;
  const y = b.output(x.shape, 'float32');
  b.native[kind](values, x.shape[rank - 1], y.values);
  return y.info;
}

/** Softmax over the last axis, and losses. */
export const lossKernels: readonly NativeKernel[] = [
  kernel<{ dim: number }>(tf.Softmax, (b, { logits }, { dim }) => alongLast(b, 'softmax', logits, dim)),
  kernel<{ axis: number }>(tf.LogSoftmax, (b, { logits }, { axis }) => alongLast(b, 'logSoftmax', logits, axis)),
  fused(softmaxCrossEntropyOp, (b, { logits, labels }) => {
    const [values, classes] = [b.values(logits, 'float32'), b.values(labels, 'int32')];
    if (values === undefined || classes === undefined || logits.shape[1] === 0) return undefined;
    const loss = b.output([logits.shape[0]], 'float32');
    b.native.softmaxCrossEntropy(values, logits.shape[1], classes, loss.values);
    return loss.info;
  }),
  fused(softmaxCrossEntropyGradient, (b, { dy, logits, labels }) => {
    const [upstream, values] = [b.values(dy, 'float32'), b.values(logits, 'float32')];
    const classes = b.values(labels, 'int32');
    if (upstream === undefined || values === undefined || classes === undefined || logits.shape[1] === 0)
      return undefined;
    const dx = b.output(logits.shape, 'float32');
    b.native.softmaxCrossEntropyGradient(values, logits.shape[1], classes, upstream, dx.values);
    return dx.info;
  }),
  fused(minedCrossEntropyOp, (b, { logits, labels }, { images, ratio }) => {
    const [values, classes] = [b.values(logits, 'float32'), b.values(labels, 'int32')];
    if (values === undefined || classes === undefined || logits.shape[1] === 0) return undefined;
    const [sum, chosen] = [b.output([], 'float32'), b.output([logits.shape[0]], 'bool')];
    sum.values[0] = b.native.minedCrossEntropy(values, logits.shape[1], classes, images, ratio, chosen.values);
    return [sum.info, chosen.info];
  }),
  fused(minedCrossEntropyGradient, (b, { dy, logits, labels, chosen }) => {
    const [upstream, values] = [b.values(dy, 'float32'), b.values(logits, 'float32')];
    const [classes, taken] = [b.values(labels, 'int32'), b.values(chosen, 'bool')];
    if (upstream === undefined || values === undefined || classes === undefined || taken === undefined)
      return undefined;
    const dx = b.output(logits.shape, 'float32');
    b.native.minedCrossEntropyGradient(values, logits.shape[1], classes, taken, upstream[0], dx.values);
    return dx.info;
  }),
  fused(pickedEntropyOp, (b, { logits, ...picks }) => {
    const [values, picked] = [b.values(logits, 'float32'), pickedArrays(b, picks)];
    if (values === undefined || picked === undefined || logits.shape[1] === 0) return undefined;
    const sum = b.output([], 'float32');
    sum.values[0] = b.native.pickedEntropy(values, logits.shape[1], ...picked);
    return sum.info;
  }),
  fused(pickedEntropyGradient, (b, { dy, logits, ...picks }) => {
    const [upstream, values] = [b.values(dy, 'float32'), b.values(logits, 'float32')];
    const picked = pickedArrays(b, picks);
    if (upstream === undefined || values === undefined || picked === undefined) return undefined;
    const dx = b.output(logits.shape, 'float32');
    b.native.pickedEntropyGradient(values, logits.shape[1], ...picked, upstream[0], dx.values);
    return dx.info;
  }),
  fused(meanSquareOp, (b, inputs) => {
    const tensors = Object.values(inputs).map((tensor) => b.values(tensor, 'float32'));
    if (!tensors.every((values) => values !== undefined)) return undefined;
    const mean = b.output([], 'float32');
    const means = tensors.map((values) => b.native.sumOfSquares([values]) / values.length);
    mean.values[0] = means.reduce((sum, value) => sum + value, 0) / means.length;
    return mean.info;
  }),
  fused<SmoothL1RowsAttributes>(smoothL1RowsOp, (b, { x, rows, targets }, { column }) => {
    const [values, picked, wanted] = [b.values(x, 'float32'), b.values(rows, 'int32'), b.values(targets, 'float32')];
    if (values === undefined || picked === undefined || wanted === undefined) return undefined;
    const sum = b.output([], 'float32');
    sum.values[0] = b.native.smoothL1Rows(values, x.shape[1], column, targets.shape[1], picked, wanted);
    return sum.info;
  }),
  fused<SmoothL1RowsAttributes>(smoothL1RowsGradient, (b, { dy, x, rows, targets }, { column }) => {
    const [upstream, values] = [b.values(dy, 'float32'), b.values(x, 'float32')];
    const [picked, wanted] = [b.values(rows, 'int32'), b.values(targets, 'float32')];
    if (upstream === undefined || values === undefined || picked === undefined || wanted === undefined)
      return undefined;
    const dx = b.output(x.shape, 'float32');
    const [width, count] = [x.shape[1], targets.shape[1]];
    b.native.smoothL1RowsGradient(values, width, column, count, picked, wanted, upstream[0], dx.values);
    return dx.info;
  }),
];

/** Rows, columns, totals and weights of picked entries. */
function pickedArrays(
  b: NativeBackend,
  { rows, columns, totals, weights }: KernelInputs,
): [Int32Array, Int32Array, Float32Array, Float32Array] | undefined {
  const [atRows, atColumns] = [b.values(rows, 'int32'), b.values(columns, 'int32')];
  const [divisors, factors] = [b.values(totals, 'float32'), b.values(weights, 'float32')];
  if (atRows === undefined || atColumns === undefined || divisors === undefined || factors === undefined)
    return undefined;
  return [atRows, atColumns, divisors, factors];
}
