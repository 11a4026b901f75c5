export type { Padding, PadValue } from '@onebit/kernels';
export {
  type ActivationQuantizer,
  type BinaryConv2dAttributes,
  type BinaryConv2dOptions,
  type BinaryConv2dTerm,
  binarize,
  binarizeGradient,
  binarizeOp,
  binarizeWeight,
  binarizeWeightGradient,
  binarizeWeightOp,
  binaryConv2d,
  binaryConv2dOp,
  binaryConv2dSum,
  binaryDepthwiseConv2d,
  type Conv2dOptions,
  conv2d,
  conv2dFilterGradient,
  conv2dInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  type Estimator,
  type EstimatorAttributes,
  estimators,
  type GeometryAttributes,
  geometryOf,
  groupedConv2d,
  isPortableKernel,
  type Op,
  runOp,
  type WeightQuantizer,
  type WindowAttributes,
  weightScalesOp,
} from '@onebit/kernels/tfjs';
export {
  type BatchNormActivation,
  type BatchNormAttributes,
  type BatchNormOptions,
  type BatchNormResult,
  type BatchNormTrainAttributes,
  type BatchNormTrainOptions,
  batchNormInference,
  batchNormInferenceGradient,
  batchNormInferenceOps,
  batchNormTrain,
  batchNormTrainGradient,
  batchNormTrainOps,
} from './batch-norm.js';
export { type BestAttributes, boxKernels, type MatchAttributes, type SuppressAttributes } from './boxes.js';
export { gather } from './gather.js';
export { registerGradients } from './gradients/register.js';
export {
  type MiningAttributes,
  minedCrossEntropy,
  minedCrossEntropyGradient,
  minedCrossEntropyOp,
  selectHardNegatives,
} from './hard-negatives.js';
export { runInPlace } from './in-place.js';
export { type L2NormalizeAttributes, l2Normalize, l2NormalizeGradient, l2NormalizeOp } from './l2-normalize.js';
export {
  smoothL1,
  smoothL1Op,
  softmaxCrossEntropy,
  softmaxCrossEntropyGradient,
  softmaxCrossEntropyOp,
} from './losses.js';
export { meanSquare, meanSquareOp } from './mean-square.js';
export { type Picks, pickedEntropy, pickedEntropyGradient, pickedEntropyOp } from './picked-entropy.js';
export {
  averagePool,
  averagePoolGradient,
  avgPool2d,
  maxPool,
  maxPool2d,
  maxPoolGradient,
  type PoolOptions,
} from './pooling.js';
export { rankDescending } from './rank.js';
export { asReading, type MaybeReading, type Reading, read, runReading, runReadingSync } from './reading.js';
export {
  type ResidualWindowsAttributes,
  reconstruction,
  residualConv2d,
  residualOrders,
  residualWindows,
} from './residual-windows.js';
export {
  type ResizeAlignment,
  type ResizeAttributes,
  resizeBilinear,
  resizeBilinearGradient,
  resizeBilinearOp,
} from './resize.js';
export { preluGradient, type SlopeAttributes, slopeGradient } from './slopes.js';
export {
  type SmoothL1RowsAttributes,
  smoothL1Rows,
  smoothL1RowsGradient,
  smoothL1RowsOp,
} from './smooth-l1-rows.js';
export { type SoftInterval, softCurve, softLevels, softLevelsGradient, softLevelsOp } from './soft-levels.js';
export { accumulate, accumulateOp } from './tape/accumulate.js';
export { type ValueAndGradients, valueAndGradients, valueAndGradientsAsync } from './tape/differentiate.js';
export { runForEffect } from './tape/lasting-scope.js';
export { recompute } from './tape/recompute.js';
export { tf } from './tfjs.js';
export {
  type AdamParameter,
  type AdamRule,
  type AverageAttributes,
  adamUpdate,
  averageUpdate,
  globalNorm,
  globalNormOp,
  type SgdParameter,
  type SgdRule,
  sgdUpdate,
  type UpdateAttributes,
  updateKernels,
} from './update.js';
export { copyValues, copyValuesKernel } from './values.js';
