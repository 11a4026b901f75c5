import type { Op } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from './backend.js';

/** Tensors that go into a kernel, by name (numbered where the kernel takes a list). */
export type KernelInputs = Record<string, tf.TensorInfo>;

/** What a native kernel returns: its outputs, or undefined if the call is of a kind (dtype, rank, layout) that it leaves to the fall-back. */
export type KernelResult = tf.TensorInfo | tf.TensorInfo[] | undefined;

/** A native implementation of a TensorFlow.js kernel or of an op of ours. */
export interface NativeKernel {
  readonly name: string;
  readonly run: (backend: NativeBackend, inputs: KernelInputs, attributes: never) => KernelResult;
  /** For ops of ours: what runs in the cases `run` leaves. TensorFlow.js kernels fall back to its JavaScript. */
  readonly op?: Op<never>;
}

/** A native kernel in place of a TensorFlow.js one. */
export function kernel<Attributes = object>(
  name: string,
  run: (backend: NativeBackend, inputs: KernelInputs, attributes: Attributes) => KernelResult,
): NativeKernel {
  return { name, run: run as NativeKernel['run'] };
}

/** A fused kernel of one of our ops. */
export function fused<Attributes extends object>(
  op: Op<Attributes>,
  run: (backend: NativeBackend, inputs: KernelInputs, attributes: Attributes) => KernelResult,
): NativeKernel {
  return { name: op.name, run: run as NativeKernel['run'], op: op as unknown as Op<never> };
}

/** Whether the kernel call that ended last ran natively; the profiler reads it. */
export const lastCall = { native: false };

/** The function TensorFlow.js calls: the native kernel, or `fallback` where it declines. */
export function dispatched(run: NativeKernel['run'], fallback: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const result = run(call.backend as NativeBackend, call.inputs as KernelInputs, call.attrs as never);
    if (result !== undefined) {
      lastCall.native = true;
      return result;
    }
    return fallback(call);
  };
}

/** A JavaScript kernel of TensorFlow.js on the native back end. Some return views of their inputs' arrays, which must then never be recycled. */
export function javascript(kernelFunc: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const backend = call.backend as NativeBackend;
    for (const input of Object.values(call.inputs)) if (input != null) backend.escape(input);
    const result = kernelFunc(call);
    lastCall.native = false;
    return result;
  };
}

/** The composition of an op of ours as a fall-back kernel. */
export function composed(op: Op<never>): tf.KernelFunc {
  return ({ inputs, attrs }) => {
    const run = () => op.portable(inputs as unknown as Record<string, tf.Tensor>, attrs as never);
    const result = tf.tidy(run) as tf.TensorInfo | tf.TensorInfo[];
    lastCall.native = false;
    return result;
  };
}
