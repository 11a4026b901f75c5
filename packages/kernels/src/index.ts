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
export {
  type KernelSet,
  kernelSets,
  loadNative,
  type NativeKernels,
  type NativeReport,
  nativeReport,
} from './native/load.js';
