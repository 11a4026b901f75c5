import { binarizeGradient, binarizeOp, binarizeWeightGradient, binarizeWeightOp } from './binarize.js';
import { binaryConv2dOp } from './binary-convolution.js';
import {
  conv2dFilterGradient,
  conv2dInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
} from './convolution.js';
import { type Op, registerGradient } from './op.js';

const ops = [
  binarizeOp,
  binarizeGradient,
  binarizeWeightOp,
  binarizeWeightGradient,
  binaryConv2dOp,
  conv2dInputGradient,
  conv2dFilterGradient,
  depthwiseInputGradient,
  depthwiseFilterGradient,
] as unknown as readonly Op[];

/**
 * Registers the gradients of the binary operations. Their kernels need no registration: a back end that brings none of its own gets the composition of
 * TensorFlow.js ops when an operation first runs on it. May be called any number of times.
 */
export function registerBinaryOps(): void {
  for (const op of ops) registerGradient(op);
}
