import { Arguments, type TypedArrays } from '../checks/arguments.js';
import type { FilterLayout } from '../checks/bit-kernels.js';
import type { Conv2dGeometry } from '../geometry.js';
import type { Held } from './dispatch.js';

/** Filters are read as they are packed; none is ever prepared for a GPU. */
export const filterLayout: FilterLayout = { kernelSet: 'webgpu', panelWords: () => 0 };

/** Bytes of an element. */
const elementBytes = { Float32Array: 4, Int32Array: 4, Int8Array: 1, Uint8Array: 1 };

/** The checks of the kernels with buffers (or tensors) in place of typed arrays: what they hold is unknown, their sizes must fit. */
export class HeldArguments extends Arguments {
  override isArray(value: unknown): value is Int32Array {
    return typeof value === 'object' && value !== null && 'size' in value;
  }

  override array<K extends keyof TypedArrays>(what: string, value: TypedArrays[K], type: K, length?: number): number {
    this.require(this.isArray(value), () => `${what} must be a GPUBuffer`);
    const { size } = value as unknown as Held;
    const expected = length === undefined ? size : wholeWords(length * elementBytes[type]);
    this.require(size === expected, () => `${what} must be a buffer of ${expected} bytes, got ${size}`);
    return size / elementBytes[type];
  }

  /** Shaders count in 32-bit integers. */
  override geometry(g: Conv2dGeometry): void {
    super.geometry(g);
    const elements = g.batch * g.outHeight * g.outWidth * g.outChannels;
    this.require(elements < 2 ** 31, () => `geometry: the output must have less than 2^31 elements, got ${elements}`);
  }
}

/** Copies and bindings count in words of 4 bytes. */
export function wholeWords(byteLength: number): number {
  return Math.ceil(byteLength / 4) * 4;
}
