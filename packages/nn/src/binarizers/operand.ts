import {
  type ActivationQuantizer,
  type BinaryConv2dTerm,
  binarize,
  binarizeWeight,
  binaryConv2dSum,
  conv2d,
  type PadValue,
  tf,
  type WeightQuantizer,
} from '@onebit/ops';
import type { ConvGeometry } from '../layers/geometry.js';

/** One summand of a {@link SignOperand}. */
export interface SignTerm {
  /** Real numbers whose signs are taken: `[N, H, W, in]` for activations, `[kh, kw, in, out]` for weights. */
  readonly latent: tf.Tensor4D;
  /** What the signs are multiplied by: one number `[]`, or one for each filter, `[out]` (weights only). Default 1. */
  readonly factor?: tf.Tensor;
}

/** Real numbers as a sum of signs: sum over i of `factor_i sgn(latent_i)`, with the levels, scale and gradients of the quantizer. */
export interface SignOperand<Quantizer> {
  readonly kind: 'signs';
  readonly quantizer: Quantizer;
  readonly terms: readonly SignTerm[];
}

/** Numbers of more than two levels, quantized by whoever made them, gradient included. */
export interface RealOperand {
  readonly kind: 'real';
  readonly value: tf.Tensor4D;
}

/** Quantizers that look at one receptive field at a time (HORQ) have no map of their values; they convolve themselves. */
export interface WindowOperand {
  readonly kind: 'windows';
  /** The convolution with a filter `[kh, kw, in, out]`. */
  convolve(filter: tf.Tensor4D): tf.Tensor4D;
}

/** What an activation binarizer hands to the convolution. */
export type ActivationOperand = SignOperand<ActivationQuantizer> | RealOperand | WindowOperand;

/** What a weight binarizer hands to the convolution. */
export type WeightOperand = SignOperand<WeightQuantizer> | RealOperand;

/** Options of {@link convolveOperands}. */
export interface ConvolutionOptions {
  readonly geometry: ConvGeometry;
  /** What a tap outside the input contributes: to each sum of signs after the sign and before its factor. */
  readonly padValue: PadValue;
  /** True where gradients will be asked for. Default false. */
  readonly training?: boolean;
}

/**
 * The forward pass of a pair of signs is many times cheaper than a float convolution, but its two gradients cost about as much as float ones each. Beyond so many pairs one float convolution of
 * the sums is faster in training; the numbers are the same but for rounding.
 */
const mostPairsInTraining = 2;

/**
 * Convolution of two operands, `[N, H', W', out]`. Two sums of signs meet on packed bits, each pair of terms being one XNOR-popcount convolution; any
 * other pair is multiplied out in floating point.
 */
export function convolveOperands(
  x: ActivationOperand,
  w: WeightOperand,
  { geometry, padValue, training = false }: ConvolutionOptions,
): tf.Tensor4D {
  const { stride: strides, dilation: dilations, padding } = geometry;
  if (
    x.kind === 'signs' &&
    w.kind === 'signs' &&
    (!training || x.terms.length * w.terms.length <= mostPairsInTraining)
  ) {
    const options = { strides, dilations, padding, padValue, activation: x.quantizer, weight: w.quantizer };
    return binaryConv2dSum(pairs(x.terms, w.terms), options);
  }
  const filter = weightValue(w);
  if (x.kind === 'windows') return x.convolve(filter);
  const pad = (map: tf.Tensor4D) => padded(map, geometry, padValue);
  const value = x.kind === 'real' ? pad(x.value) : sumOf(x.terms, (latent) => pad(binarize(latent, x.quantizer)));
  return conv2d(value, filter, { strides, dilations, padding: padValue === 0 ? padding : noPadding });
}

const noPadding = { top: 0, bottom: 0, left: 0, right: 0 };

/** The map with its border, unless that is 0 and left to the convolution. */
function padded(map: tf.Tensor4D, { padding }: ConvGeometry, padValue: PadValue): tf.Tensor4D {
  if (padValue === 0) return map;
  const { top, bottom, left, right } = padding;
  const sides: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return tf.pad(map, sides, padValue);
}

/** The real numbers that a weight operand stands for, `[kh, kw, in, out]`. */
export function weightValue(w: WeightOperand): tf.Tensor4D {
  return w.kind === 'real' ? w.value : sumOf(w.terms, (latent) => binarizeWeight(latent, w.quantizer));
}

function sumOf(terms: readonly SignTerm[], signsOf: (latent: tf.Tensor4D) => tf.Tensor4D): tf.Tensor4D {
  const values = terms.map(({ latent, factor }) => {
    const signs = signsOf(latent);
    return factor === undefined ? signs : tf.mul(signs, factor);
  });
  return (values.length === 1 ? values[0] : tf.addN(values)) as tf.Tensor4D;
}

/** Every activation term with every weight term. Factors are given for all pairs or for none. */
function pairs(xs: readonly SignTerm[], ws: readonly SignTerm[]): BinaryConv2dTerm[] {
  const scaled = [...xs, ...ws].some(({ factor }) => factor !== undefined);
  return xs.flatMap((x) =>
    ws.map((w) => ({ x: x.latent, w: w.latent, scale: scaled ? product(x.factor, w.factor) : undefined })),
  );
}

function product(a: tf.Tensor | undefined, b: tf.Tensor | undefined): tf.Tensor {
  if (a === undefined) return b ?? tf.scalar(1);
  return b === undefined ? a : tf.mul(a, b);
}
