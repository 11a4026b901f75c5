import * as tf from '@tensorflow/tfjs-core';
import { wordBits, wordsFor } from '../bits.js';
import { type Conv2dGeometry, filterShape, inputShape, outputShape } from '../geometry.js';
import type { Levels } from '../native/binary.js';
import type { BinaryReading, BinaryTerm, BitKernels, GradientPrecision, SavedMask } from '../transform.js';
import type { GeometryAttributes } from './convolution-kernel.js';

/** What the kernels over packed bits need of the back end they run on. */
export interface BitKernelHost {
  readonly kernels: BitKernels;
  /** Operands of the gradients. */
  readonly gradientPrecision: GradientPrecision;
  /** The numbers of a tensor, to be read before the next call of `output`. */
  floats(tensor: tf.TensorInfo): Float32Array;
  words(tensor: tf.TensorInfo): Int32Array;
  /** A new tensor whose numbers are still to be written. */
  output<T extends 'float32' | 'int32'>(shape: readonly number[], dtype: T): BitKernelOutput<T>;
}

/** A new tensor and its numbers. */
export interface BitKernelOutput<T extends 'float32' | 'int32'> {
  readonly info: tf.TensorInfo;
  readonly values: T extends 'float32' ? Float32Array : Int32Array;
}

type TensorInfos = Readonly<Record<string, tf.TensorInfo>>;

/** A kernel over packed bits. Words are int32 tensors; bits lie in them as `@onebit/kernels` says. */
export interface BitKernel<Attributes extends object = object> {
  readonly name: string;
  run(host: BitKernelHost, inputs: TensorInfos, attributes: Attributes): tf.TensorInfo;
}

/** Runs a kernel on the current back end, which must have it. */
export function runBitKernel<A extends object>(
  kernel: BitKernel<A>,
  inputs: Record<string, tf.Tensor>,
  attributes: A,
): tf.Tensor {
  return tf.engine().runKernel(kernel.name, inputs, attributes as unknown as tf.NamedAttrMap);
}

const lastOf = ({ shape }: tf.TensorInfo) => shape[shape.length - 1];
const packedShape = ({ shape }: tf.TensorInfo) => [...shape.slice(0, -1), wordsFor(shape[shape.length - 1])];

/** `[..., C]` to the bits of its signs (or of x > 0) `[..., ceil(C / 32)]`. */
export const packBits: BitKernel<{ readonly levels: Levels }> = {
  name: 'PackBits',
  run(host, { x }, { levels }) {
    const words = host.output(packedShape(x), 'int32');
    host.kernels.packBits(host.floats(x), words.values, lastOf(x), levels);
    return words.info;
  },
};

/** `[..., C]` to the bits of an estimator's derivative, `[..., ceil(C / 32)]`. */
export const packMask: BitKernel<{ readonly mask: SavedMask }> = {
  name: 'PackMask',
  run(host, { x }, { mask }) {
    const words = host.output(packedShape(x), 'int32');
    host.kernels.packMask(host.floats(x), words.values, lastOf(x), mask);
    return words.info;
  },
};

/** Latent weights `[kh, kw, C / groups, O]` to the bits of their signs `[O, kh, kw, ceil((C / groups) / 32)]`. */
export const packFilter: BitKernel = {
  name: 'PackFilter',
  run(host, { w }) {
    const [height, width, inChannels, outChannels] = w.shape;
    const words = host.output([outChannels, height, width, wordsFor(inChannels)], 'int32');
    host.kernels.packFilter(host.floats(w), words.values, height * width, inChannels, outChannels);
    return words.info;
  },
};

/** Attributes of {@link binaryConv2dBits} and {@link bitsFilterGradient}. */
export interface BitConv2dAttributes extends GeometryAttributes {
  readonly reading: BinaryReading;
}

/** `sum over i of scale[i] * (x[i] * filter[i])`: inputs x0, filter0, scale0, x1 … of packed bits; without a scale it is 1. */
export const binaryConv2dBits: BitKernel<BitConv2dAttributes> = {
  name: 'BinaryConv2DBits',
  run(host, inputs, { geometry, reading }) {
    const output = host.output(outputShape(geometry), 'float32');
    const y = { type: 'float32', y: output.values } as const;
    const terms = termsOf(host, inputs);
    // Where filters lie on a GPU, they cannot be laid out here; there, depthwise is a convolution with many groups.
    if (terms.length === 1 && isDepthwise(geometry) && ArrayBuffer.isView(terms[0].filter)) {
      const filter = depthwiseWords(terms[0].filter, geometry);
      host.kernels.binaryDepthwiseConv2d({ ...terms[0], filter }, geometry, reading, {}, y);
    } else {
      host.kernels.binaryConv2dSum(terms, geometry, reading, {}, y);
    }
    return output.info;
  },
};

type WordTerm = BinaryTerm & { readonly filter: Int32Array };

function termsOf(host: BitKernelHost, inputs: TensorInfos): WordTerm[] {
  const terms: WordTerm[] = [];
  for (let i = 0; inputs[`x${i}`] !== undefined; i++) {
    const scale = inputs[`scale${i}`];
    terms.push({
      x: host.words(inputs[`x${i}`]),
      filter: host.words(inputs[`filter${i}`]),
      scale: scale === undefined ? null : host.floats(scale),
    });
  }
  return terms;
}

const isDepthwise = (g: Conv2dGeometry) => g.groups === g.inChannels && g.groups === g.outChannels && g.groups > 1;

/** `[C, kh, kw, 1]` words with one bit each as `[kh, kw, ceil(C / 32)]`. */
function depthwiseWords(filter: Int32Array, g: Conv2dGeometry): Int32Array {
  const taps = g.kernelHeight * g.kernelWidth;
  const perTap = wordsFor(g.inChannels);
  const words = new Int32Array(taps * perTap);
  for (let c = 0; c < g.inChannels; c++) {
    for (let tap = 0; tap < taps; tap++) {
      words[tap * perTap + Math.floor(c / wordBits)] |= filter[c * taps + tap] << (c % wordBits);
    }
  }
  return words;
}

/** dx of {@link binaryConv2dBits} for one term, from `dy`, the packed `filter`, and the `scale` and the packed estimator `mask` if there are. */
export const bitsInputGradient: BitKernel<GeometryAttributes> = {
  name: 'BinaryConv2DBitsInputGradient',
  run(host, { dy, filter, scale, mask }, { geometry }) {
    const dx = host.output(inputShape(geometry), 'float32');
    host.kernels.binaryConv2dBackpropInput(
      host.floats(dy),
      host.words(filter),
      scale === undefined ? null : host.floats(scale),
      mask === undefined ? null : host.words(mask),
      dx.values,
      geometry,
      host.gradientPrecision,
    );
    return dx.info;
  },
};

/** Gradient at the signs of the weights, without the scale, from packed `x` and `dy`. */
export const bitsFilterGradient: BitKernel<BitConv2dAttributes> = {
  name: 'BinaryConv2DBitsFilterGradient',
  run(host, { x, dy }, { geometry, reading }) {
    const dw = host.output(filterShape(geometry), 'float32');
    const { kernels, gradientPrecision } = host;
    kernels.binaryConv2dBackpropFilter(host.words(x), host.floats(dy), dw.values, geometry, reading, gradientPrecision);
    return dw.info;
  },
};

/** Gradient `[O]` of the scales, from what {@link bitsFilterGradient} gave and the packed filter. */
export const bitsScaleGradient: BitKernel = {
  name: 'BinaryScaleGradient',
  run(host, { dw, filter }) {
    const [height, width, inChannels, outChannels] = dw.shape;
    const dScale = host.output([outChannels], 'float32');
    const taps = height * width;
    host.kernels.binaryScaleGradient(host.floats(dw), host.words(filter), dScale.values, taps, inChannels);
    return dScale.info;
  },
};

/** All of them. */
export const bitKernels = [
  packBits,
  packMask,
  packFilter,
  binaryConv2dBits,
  bitsInputGradient,
  bitsFilterGradient,
  bitsScaleGradient,
] as unknown as readonly BitKernel[];

/**
 * Registers every bit kernel for a back end, which from then on convolves and trains on packed bits.
 * @param hostOf the kernels and the tensors of an instance of that back end
 */
export function registerBitKernels<B extends tf.KernelBackend>(
  backendName: string,
  hostOf: (backend: B) => BitKernelHost,
): void {
  for (const { name, run } of bitKernels) {
    if (tf.getKernel(name, backendName) != null) continue;
    tf.registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => run(hostOf(backend as B), inputs as TensorInfos, attrs as object),
    });
  }
}
