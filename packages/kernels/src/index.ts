export { type BitTensor, wordBits, wordsFor } from './bits.js';
export {
  type Conv2dGeometry,
  type Conv2dOptions,
  conv2dGeometry,
  dilatedSize,
  filterShape,
  inputShape,
  outputShape,
  type Padding,
  type PadValue,
} from './geometry.js';
export type { BinaryKernels, Levels } from './native/binary.js';
export type { BoxKernels } from './native/boxes.js';
export type { ConvKernels, MatMulShape } from './native/conv.js';
export type { Int8Addition, Int8Kernels, Int8Output, Int8Term } from './native/int8.js';
export {
  type KernelSet,
  kernelSets,
  loadNative,
  type NativeKernels,
  type NativeReport,
  nativeReport,
} from './native/load.js';
export type { PeakKernels, PeakName } from './native/peaks.js';
export type { Slope } from './native/signed.js';
export type { BinarizeKernels, WeightGradient, WeightScale } from './native/vector/binarize.js';
export type {
  ArithmeticOp,
  CompareOp,
  ElementwiseKernels,
  NumberArray,
  Shape,
  TensorArray,
  TestOp,
  UnaryGradientOp,
  UnaryOp,
} from './native/vector/elementwise.js';
export type { L2NormalizeKernels } from './native/vector/l2-normalize.js';
export type { LossKernels } from './native/vector/loss.js';
export type { NormalizationKernels } from './native/vector/normalization.js';
export type { OptimizerKernels } from './native/vector/optimizer.js';
export type { PoolGeometry, PoolKernels } from './native/vector/pool.js';
export type { ReduceKernels, ReduceOp } from './native/vector/reduce.js';
export type { ResidualKernels } from './native/vector/residual.js';
export type { ResizeGeometry, ResizeKernels, ResizeMode } from './native/vector/resize.js';
export type { ShapeKernels } from './native/vector/shape.js';
export type { SoftLevelsKernels } from './native/vector/soft-levels.js';
export type { VectorKernels } from './native/vector.js';
export { binaryConv2d } from './reference/binary-conv2d.js';
export { referenceBitKernels } from './reference/bit-kernels.js';
export { conv2d, conv2dBackpropFilter, conv2dBackpropInput } from './reference/conv2d.js';
export { referenceInt8Kernels } from './reference/int8.js';
export { matMul } from './reference/mat-mul.js';
export { packBits, packFilter, unpackBits } from './reference/pack-bits.js';
export { referenceVectorKernels } from './reference/vector.js';
export { type BitKernelsName, bitKernels, type SelectedBitKernels } from './select.js';
export type {
  Activation,
  BinaryOutput,
  BinaryReading,
  BinaryTerm,
  BitKernels,
  GradientPrecision,
  OutputTransform,
  PreparedFilter,
  SavedMask,
  Threshold,
} from './transform.js';
export type { WasmKernels } from './wasm/kernels.js';
export { loadWasm, type WasmOptions } from './wasm/load.js';
export { loadWasmSync } from './wasm/load-sync.js';
