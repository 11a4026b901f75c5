import { OnebitError, Random } from '@onebit/common';
import {
  type Conv2dGeometry,
  conv2dGeometry,
  filterShape,
  inputShape,
  outputShape,
  type Padding,
  wordsFor,
} from '@onebit/kernels';

/** A square convolution in few words: `in` channels at `size` x `size`, batch 1. */
export interface Layer {
  readonly size: number;
  readonly in: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly groups?: number;
  readonly padding?: Padding;
}

export function geometryOfLayer(layer: Layer): Conv2dGeometry {
  const { size, kernel, stride = 1, dilation = 1, groups = 1, padding = 'same' } = layer;
  return conv2dGeometry([1, size, size, layer.in], [kernel, kernel, layer.in / groups, layer.out], {
    strides: stride,
    dilations: dilation,
    padding,
    groups,
  });
}

/** `3x3 s2 56²x64→128`, with what differs from the ordinary. */
export function nameOfLayer({ size, in: inputs, out, kernel, stride = 1, dilation = 1, groups = 1 }: Layer): string {
  const extras = [stride > 1 && ` s${stride}`, dilation > 1 && ` d${dilation}`, groups > 1 && ` g${groups}`];
  return `${kernel}x${kernel}${extras.filter(Boolean).join('')} ${size}²x${inputs}→${out}`;
}

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
export const inputSize = (g: Conv2dGeometry): number => elements(inputShape(g));
export const filterSize = (g: Conv2dGeometry): number => elements(filterShape(g));
export const outputSize = (g: Conv2dGeometry): number => elements(outputShape(g));
export const inputWords = (g: Conv2dGeometry): number => (inputSize(g) / g.inChannels) * wordsFor(g.inChannels);
export const filterWords = (g: Conv2dGeometry): number =>
  g.outChannels * g.kernelHeight * g.kernelWidth * wordsFor(g.inChannels / g.groups);

/** Multiplications and additions of a float convolution, taps outside the input included. */
export function floatOperations(g: Conv2dGeometry): number {
  return 2 * outputSize(g) * g.kernelHeight * g.kernelWidth * (g.inChannels / g.groups);
}

/** The same for bits: a word counts with all its 32 bits, used or not. */
export function bitOperations(g: Conv2dGeometry): number {
  return 2 * outputSize(g) * g.kernelHeight * g.kernelWidth * wordsFor(g.inChannels / g.groups) * 32;
}

const random = new Random(3);

export function normals(size: number): Float32Array {
  return Float32Array.from({ length: size }, () => random.normal());
}

export function signs(size: number): Float32Array {
  return Float32Array.from({ length: size }, () => (random.int(2) === 0 ? -1 : 1));
}

/** Throws unless two contestants computed the same: a comparison of different work would be worth nothing. */
export function requireSame(what: string, ours: ArrayLike<number>, theirs: ArrayLike<number>, tolerance: number): void {
  if (ours.length !== theirs.length) {
    throw new OnebitError(
      'ERR_BACKEND',
      `${what}: outputs must have equal sizes, got ${ours.length} and ${theirs.length}`,
    );
  }
  for (let i = 0; i < ours.length; i++) {
    if (Math.abs(ours[i] - theirs[i]) <= tolerance) continue;
    throw new OnebitError(
      'ERR_BACKEND',
      `${what}: outputs must be equal within ${tolerance}, got ${ours[i]} and ${theirs[i]} at ${i}`,
    );
  }
}
