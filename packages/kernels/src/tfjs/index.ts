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
} from './binarize.js';
export {
  type BinaryConv2dAttributes,
  type BinaryConv2dOptions,
  binaryConv2d,
  binaryConv2dOp,
} from './binary-convolution.js';
export {
  type Conv2dOptions,
  conv2d,
  conv2dFilterGradient,
  conv2dInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  type GeometryAttributes,
  gradientOf,
} from './convolution.js';
export { type Estimator, estimators } from './estimators.js';
export { fit } from './fit.js';
export { isPortableKernel, type Op, runOp } from './op.js';
export { registerBinaryOps } from './register.js';
export { explicitPadding, geometryOf, type WindowAttributes } from './tfjs-geometry.js';
