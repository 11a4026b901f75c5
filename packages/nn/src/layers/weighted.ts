import type { AnyModule } from '../module.js';
import type { Parameter } from '../parameter.js';

/** A layer whose work is counted in multiply-accumulates: what cost accounting looks for. */
export interface Weighted {
  readonly precision: 'float32' | 'binary';
  /** Absent where weights and inputs are real numbers and nothing is scaled. */
  readonly binarization?: Binarization;
  /** Multiply-accumulates that produce an output of this shape, padding taps counted as all others; those of one pair of sign maps. */
  macs(outputShape: readonly number[]): number;
}

/** What a binarization costs, for cost accounting. */
export interface Binarization {
  /** Stored bits of one latent weight, of all sign tensors that stand for it; 32 for a real one. */
  readonly weightBits: number;
  /** Bits of one input, of all sign maps that stand for it; 32 for a real one. */
  readonly activationBits: number;
  /** Numbers computed from the weights that scale the bits of a packed layer; trained scales are parameters. */
  readonly scales: number;
  /** Multiplications of one output by scales, those that could be folded included. */
  readonly scalings: number;
  /** Float multiply-accumulates for one image beside the convolution, such as those of a gate. */
  readonly floatMacs: number;
}

export function isWeighted(module: AnyModule): module is AnyModule & Weighted {
  return 'macs' in module && 'precision' in module;
}

/** Every output element takes kh * kw * in products. */
export function convMacs(weight: Parameter, outputShape: readonly number[]): number {
  const [kernelHeight, kernelWidth, inChannels] = weight.shape;
  return outputShape.reduce((product, n) => product * n, 1) * kernelHeight * kernelWidth * inChannels;
}
