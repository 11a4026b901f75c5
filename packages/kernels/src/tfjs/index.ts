export {
  type ActivationQuantizer,
  binarize,
  binarizeGradient,
  binarizeOp,
  binarizeWeight,
  binarizeWeightGradient,
  binarizeWeightOp,
  type EstimatorAttributes,
  type WeightQuantizer,
  weightScalesOp,
} from './binarize.js';
export {
  type BinaryConv2dOptions,
  binaryConv2d,
  binaryConv2dSum,
  binaryDepthwiseConv2d,
} from './binary-convolution.js';
export { binaryConv2dOp } from './binary-convolution-op.js';
export type { BinaryConv2dAttributes, BinaryConv2dTerm } from './binary-terms.js';
export {
  type BitKernel,
  type BitKernelHost,
  type BitKernelOutput,
  bitKernels,
  registerBitKernels,
} from './bit-kernels.js';
export { bitsActivationGradient, bitsLatentGradient } from './bits-gradients.js';
export { type Conv2dOptions, conv2d, groupedConv2d } from './convolution.js';
export {
  conv2dFilterGradient,
  conv2dInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  gradientOf,
} from './convolution-gradients.js';
export type { GeometryAttributes } from './convolution-kernel.js';
export { type Estimator, estimators } from './estimators.js';
export { fit } from './fit.js';
export { isPortableKernel, type Op, runOp } from './op.js';
export { type Recomputation, recomputationOf } from './record-node.js';
export { registerBinaryOps } from './register.js';
export { explicitPadding, geometryOf, type WindowAttributes } from './tfjs-geometry.js';
export { registerWebGpuBitKernels } from './webgpu.js';
