import type { AnyModule } from '../module.js';
import type { Parameter } from '../parameter.js';

/** A layer whose work is counted in multiply-accumulates: what cost accounting looks for. */
export interface Weighted {
  readonly precision: 'float32' | 'binary';
  /** Multiply-accumulates that produce an output of this shape, padding taps counted as all others. */
  macs(outputShape: readonly number[]): number;
}

export function isWeighted(module: AnyModule): module is AnyModule & Weighted {
  return 'macs' in module && 'precision' in module;
}

/** Every output element takes kh * kw * in products. */
export function convMacs(weight: Parameter, outputShape: readonly number[]): number {
  const [kernelHeight, kernelWidth, inChannels] = weight.shape;
  return outputShape.reduce((product, n) => product * n, 1) * kernelHeight * kernelWidth * inChannels;
}
