import * as tf from '@tensorflow/tfjs-core';
import { binarizeGradient, binarizeOp, binarizeWeightGradient, binarizeWeightOp, weightScalesOp } from './binarize.js';
import { binaryConv2dOp } from './binary-convolution-op.js';
import { groupedConv2d } from './convolution.js';
import {
  conv2dFilterGradient,
  conv2dInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
} from './convolution-gradients.js';
import { type Op, registerGradient } from './op.js';
import { registerWebGpuBitKernels } from './webgpu.js';

const ops = [
  binarizeOp,
  binarizeGradient,
  binarizeWeightOp,
  binarizeWeightGradient,
  weightScalesOp,
  binaryConv2dOp,
  groupedConv2d,
  conv2dInputGradient,
  conv2dFilterGradient,
  depthwiseInputGradient,
  depthwiseFilterGradient,
] as unknown as readonly Op[];

/**
 * Registers the gradients of the binary operations, and the kernels over packed bits of TensorFlow.js's WebGPU back end. Other back ends bring kernels of
 * their own, or get the composition of TensorFlow.js ops when an operation first runs on them. May be called any number of times.
 */
export function registerBinaryOps(): void {
  for (const op of ops) registerGradient(op);
  registerWebGpuBitKernels();
  if (tf.getGradient(tf.Reshape) == null) tf.registerGradient(reshapeGradient);
}

/** The one gradient of a TensorFlow.js kernel that an operation here passes on the tape: filters of depthwise convolutions. */
const reshapeGradient: tf.GradConfig = {
  kernelName: tf.Reshape,
  inputsToSave: ['x'],
  gradFunc: (dy, [x]) => ({ x: () => tf.reshape(dy as tf.Tensor, x.shape) }),
};
