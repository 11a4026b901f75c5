import { OnebitError } from '@onebit/common/errors';
import { type Conv2dGeometry, dilatedSize } from '../geometry.js';

/** The arrays kernels work on, by name. */
export interface TypedArrays {
  Float32Array: Float32Array;
  Int32Array: Int32Array;
  Int8Array: Int8Array;
  Uint8Array: Uint8Array;
}

/** Largest size of an axis and of a tensor, those of the native kernels. */
const maxSize = 2 ** 31;
const maxElements = 2 ** 40;
/** Largest kernel; largest stride, dilation and pad. */
const maxKernel = 4096;
const maxStep = 2 ** 20;

/** Checks the arguments of one function. Every failure is an ERR_SHAPE that reads `function: what must hold, what was found`. */
export class Arguments {
  constructor(readonly where: string) {}

  fail(message: string): never {
    throw new OnebitError('ERR_SHAPE', `${this.where}: ${message}`);
  }

  require(condition: boolean, message: () => string): void {
    if (!condition) this.fail(message());
  }

  /** Whether a value stands for an array, whatever its type and length. */
  isArray(value: unknown): value is Int32Array {
    return ArrayBuffer.isView(value);
  }

  /** A typed array of exactly that type; a detached one has length 0. */
  array<K extends keyof TypedArrays>(what: string, value: TypedArrays[K], type: K, length?: number): number {
    // By tag, not by instanceof: arrays of another realm are as good.
    const ok = ArrayBuffer.isView(value) && (value as Float32Array)[Symbol.toStringTag] === (type as string);
    this.require(ok, () => `${what} must be ${type === 'Int32Array' || type === 'Int8Array' ? 'an' : 'a'} ${type}`);
    this.require(
      length === undefined || value.length === length,
      () => `${what} must have length ${length}, got ${value.length}`,
    );
    return value.length;
  }

  /** An array of whole rows; returns their number. */
  rows<K extends keyof TypedArrays>(what: string, value: TypedArrays[K], type: K, perRow: number): number {
    const length = this.array(what, value, type);
    this.require(length % perRow === 0, () => `${what} must have a length divisible by ${perRow}, got ${length}`);
    return length / perRow;
  }

  integer(what: string, value: number, low: number, high: number): void {
    const ok = Number.isInteger(value) && value >= low && value <= high;
    this.require(ok, () => `${what} must be an integer in [${low}, ${high}], got ${String(value)}`);
  }

  oneOf(what: string, value: unknown, known: readonly string[]): void {
    this.require(known.includes(value as string), () => {
      const names = known.map((name) => `'${name}'`);
      return `${what} must be ${[names.slice(0, -1).join(', '), names.at(-1)].join(' or ')}, got '${String(value)}'`;
    });
  }

  object(what: string, value: unknown): void {
    this.require(typeof value === 'object' && value !== null, () => `${what} must be an object`);
  }

  /** Sizes that belong together, and no tensor beyond 2^40 elements. */
  geometry(g: Conv2dGeometry): void {
    this.object('geometry', g);
    this.integer('batch', g.batch, 0, maxSize);
    for (const key of ['inHeight', 'inWidth', 'inChannels', 'outHeight', 'outWidth', 'outChannels', 'groups'] as const)
      this.integer(key, g[key], 1, maxSize);
    for (const key of ['kernelHeight', 'kernelWidth'] as const) this.integer(key, g[key], 1, maxKernel);
    for (const key of ['strideHeight', 'strideWidth', 'dilationHeight', 'dilationWidth'] as const)
      this.integer(key, g[key], 1, maxStep);
    for (const key of ['padTop', 'padBottom', 'padLeft', 'padRight'] as const) this.integer(key, g[key], 0, maxStep);
    this.require(
      g.inChannels % g.groups === 0 && g.outChannels % g.groups === 0,
      () => `geometry: channels (${g.inChannels} in, ${g.outChannels} out) must be divisible by ${g.groups} groups`,
    );
    const height = dilatedSize(g.kernelHeight, g.dilationHeight);
    const width = dilatedSize(g.kernelWidth, g.dilationWidth);
    this.axis('height', g.outHeight, g.padTop + g.inHeight + g.padBottom, height, g.strideHeight);
    this.axis('width', g.outWidth, g.padLeft + g.inWidth + g.padRight, width, g.strideWidth);
    this.elements('input', g.batch * g.inHeight * g.inWidth * g.inChannels);
    this.elements('output', g.batch * g.outHeight * g.outWidth * g.outChannels);
    this.elements('filter', (g.kernelHeight * g.kernelWidth * g.inChannels * g.outChannels) / g.groups);
  }

  private axis(name: string, out: number, padded: number, extent: number, stride: number): void {
    const expected = padded < extent ? 0 : Math.floor((padded - extent) / stride) + 1;
    this.require(
      out === expected,
      () => `geometry: output ${name} must be ${expected} (from ${padded} padded cells), got ${out}`,
    );
  }

  private elements(what: string, count: number): void {
    this.require(
      count <= maxElements,
      () => `geometry: the ${what} must have at most 2^40 elements, got ${count.toExponential(1)}`,
    );
  }
}
