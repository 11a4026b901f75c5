import { softmaxCrossEntropyGradient, softmaxCrossEntropyOp } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { fused, type KernelResult, kernel, type NativeKernel } from '../kernel.js';

function alongLast(b: NativeBackend, kind: 'softmax' | 'logSoftmax', x: tf.TensorInfo, axis: number): KernelResult {
  const values = b.values(x, 'float32');
  const rank = x.shape.length;
  if (values === undefined || values.length === 0 || rank === 0 || (axis !== -1 && axis !== rank - 1)) return undefined;
  const y = b.output(x.shape, 'float32');
  b.native[kind](values, x.shape[rank - 1], y.values);
  return y.info;
}

/** Softmax over the last axis, and cross entropy on it. */
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
];
