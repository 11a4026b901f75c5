import { filterShape, type Slope } from '@onebit/kernels';
import {
  type BitKernelHost,
  type BitKernelOutput,
  bitKernels,
  bitsActivationGradient,
  bitsLatentGradient,
} from '@onebit/kernels/tfjs';
import {
  binarizeGradient,
  binarizeOp,
  binarizeWeightGradient,
  binarizeWeightOp,
  type Estimator,
  estimators,
  type WeightQuantizer,
  weightScalesOp,
} from '@onebit/ops';
import type * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { gradientPrecision } from '../gradient-precision.js';
import { fused, kernel, type NativeKernel } from '../kernel.js';

/** Estimators that the gradients of convolutions take along. */
const slopes = new Map<Estimator, Slope['kind']>([
  [estimators.clip, 'clip'],
  [estimators.clipOpen, 'clipOpen'],
  [estimators.tri, 'tri'],
]);

/** The scale of every filter. */
function scales(b: NativeBackend, w: Float32Array, outChannels: number, scale: WeightQuantizer['scale']): Float32Array {
  const found = new Float32Array(outChannels);
  b.native.weightScales(w, outChannels, scale, found);
  return found;
}

const lastOf = ({ shape }: tf.TensorInfo) => shape[shape.length - 1];

/** Whether the quantizer's gradient is one of those the kernel knows. */
function knownGradient({ gradient, estimator }: WeightQuantizer): boolean {
  if (gradient === 'identity') return true;
  return estimator === undefined || estimator === (gradient === 'clip' ? estimators.clip : estimators.identity);
}

/** Makes `dw` from the gradient at the binarized weights, which may be the same array; only the chain rule looks at the scales. */
function writeWeightGradient(
  b: NativeBackend,
  w: Float32Array,
  outChannels: number,
  { scale, gradient }: WeightQuantizer,
  upstream: Float32Array,
  dw: Float32Array,
): void {
  const factors = gradient === 'scale-chain' ? scales(b, w, outChannels, scale) : new Float32Array(outChannels);
  b.native.binarizeWeightGradient(w, outChannels, scale, gradient, factors, upstream, dw);
}

/** The kernels over packed bits: convolutions and their gradients. */
const packedKernels = bitKernels.map(({ name, run }) =>
  kernel(name, (b, inputs, attributes) => run(hostOf(b), inputs, attributes)),
);

function hostOf(b: NativeBackend): BitKernelHost {
  return {
    kernels: b.native,
    gradientPrecision: gradientPrecision(),
    floats: (tensor) => present(b.values(tensor, 'float32'), tensor),
    words: (tensor) => present(b.values(tensor, 'int32'), tensor),
    output: (shape, dtype) => b.output(shape, dtype) as BitKernelOutput<typeof dtype>,
  };
}

/** The operations on bits see to the types of what they pass on. */
function present<T>(values: T | undefined, { dtype, shape }: tf.TensorInfo): T {
  if (values === undefined) throw new Error(`native back end: a tensor ${dtype} [${shape}] has no numbers of its type`);
  return values;
}

/** Binarization, and the binary convolutions on packed bits. */
export const binaryKernels: readonly NativeKernel[] = [
  fused(binarizeOp, (b, { x }, { levels, signOfZero }) => {
    const values = b.values(x, 'float32');
    if (values === undefined) return undefined;
    const y = b.output(x.shape, 'float32');
    const op = levels === 'zero-one' ? 'sign01' : signOfZero === 1 ? 'signPm1' : 'sign';
    b.native.unary(op, values, y.values);
    return y.info;
  }),
  fused(binarizeGradient, (b, { dy, x }, { estimator }) => {
    if (estimator === estimators.identity) return b.alias(dy);
    const [upstream, values, slope] = [b.values(dy, 'float32'), b.values(x, 'float32'), estimator.kernel];
    if (upstream === undefined || values === undefined || slope === undefined) return undefined;
    const dx = b.output(x.shape, 'float32');
    b.native.unaryGradient(slope.kind, upstream, values, dx.values, slope.a, slope.b);
    return dx.info;
  }),
  fused(binarizeWeightOp, (b, { w }, { scale, signOfZero }) => {
    const values = b.values(w, 'float32');
    if (values === undefined || values.length === 0) return undefined;
    const y = b.output(w.shape, 'float32');
    b.native.binarizeWeight(values, lastOf(w), scale, signOfZero, y.values, new Float32Array(lastOf(w)));
    return y.info;
  }),
  fused(binarizeWeightGradient, (b, { dy, w }, quantizer) => {
    const [upstream, values] = [b.values(dy, 'float32'), b.values(w, 'float32')];
    if (upstream === undefined || values === undefined || values.length === 0 || !knownGradient(quantizer)) {
      return undefined;
    }
    const dw = b.output(w.shape, 'float32');
    writeWeightGradient(b, values, lastOf(w), quantizer, upstream, dw.values);
    return dw.info;
  }),
  fused(weightScalesOp, (b, { w }, { scale }) => {
    const values = b.values(w, 'float32');
    if (values === undefined || values.length === 0) return undefined;
    const y = b.output([lastOf(w)], 'float32');
    b.native.weightScales(values, lastOf(w), scale, y.values);
    return y.info;
  }),
  fused(bitsActivationGradient, (b, { dy, filter, scale, x }, { geometry, estimator }) => {
    const [values, kind] = [b.values(x, 'float32'), slopes.get(estimator)];
    if (values === undefined || kind === undefined) return undefined;
    const { floats, words, output } = hostOf(b);
    const dx = output(x.shape, 'float32');
    const factors = scale === undefined ? null : floats(scale);
    const slope = { kind, x: values };
    b.native.binaryConv2dBackpropInput(
      floats(dy),
      words(filter),
      factors,
      null,
      dx.values,
      geometry,
      gradientPrecision(),
      slope,
    );
    return dx.info;
  }),
  fused(bitsLatentGradient, (b, { x, dy, w }, { geometry, reading, weight }) => {
    const values = b.values(w, 'float32');
    if (values === undefined || values.length === 0 || !knownGradient(weight)) return undefined;
    const { floats, words, output } = hostOf(b);
    const dw = output(filterShape(geometry), 'float32');
    const slope: Slope | undefined = weight.gradient === 'clip' ? { kind: 'clip', x: values } : undefined;
    b.native.binaryConv2dBackpropFilter(words(x), floats(dy), dw.values, geometry, reading, gradientPrecision(), slope);
    // The chain rule needs sums over all of the gradient first.
    if (weight.gradient === 'scale-chain') writeWeightGradient(b, values, lastOf(w), weight, dw.values, dw.values);
    return dw.info;
  }),
  ...packedKernels,
];
