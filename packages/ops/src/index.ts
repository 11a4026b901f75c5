export type { Padding, PadValue } from '@onebit/kernels';
export {
  type BatchNormResult,
  batchNormInference,
  batchNormInferenceGradient,
  batchNormInferenceOp,
  batchNormTrain,
  batchNormTrainGradient,
  batchNormTrainOp,
  type EpsilonAttributes,
} from './batch-norm.js';
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
} from './convolution.js';
export { type Estimator, estimators } from './estimators.js';
export { gather } from './gather.js';
export { registerGradients } from './gradients/register.js';
export { l2Normalize, l2NormalizeGradient, l2NormalizeOp } from './l2-normalize.js';
export {
  smoothL1,
  smoothL1Op,
  softmaxCrossEntropy,
  softmaxCrossEntropyGradient,
  softmaxCrossEntropyOp,
} from './losses.js';
export { isPortableKernel, type Op } from './op.js';
export { averagePool, averagePoolGradient, avgPool2d, maxPool2d, type PoolOptions } from './pooling.js';
export {
  type ResizeAlignment,
  type ResizeAttributes,
  resizeBilinear,
  resizeBilinearGradient,
  resizeBilinearOp,
} from './resize.js';
export { preluGradient, type SlopeAttributes, slopeGradient } from './slopes.js';
export { tf } from './tfjs.js';
export { geometryOf, type WindowAttributes } from './tfjs-geometry.js';
export {
  type AdamAttributes,
  type AdamUpdate,
  adamUpdate,
  globalNorm,
  globalNormOp,
  type SgdAttributes,
  type SgdUpdate,
  sgdUpdate,
  updateKernels,
} from './update.js';
