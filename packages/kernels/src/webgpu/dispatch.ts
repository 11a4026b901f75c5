import type { BitKernels, PreparedFilter } from '../transform.js';
import type { Uniforms } from './wgsl/shader.js';

/** Arrays that buffers are made from and read into. */
export type GpuArray = Float32Array | Int32Array | Int8Array | Uint8Array;

/** What holds an array on the GPU: a `GPUBuffer`, or a tensor of TensorFlow.js. */
export interface Held {
  /** Bytes. */
  readonly size: number;
}

/** The same structure with an `H` in place of every array. Filters need no preparation on the GPU. */
export type Over<H, T> = T extends GpuArray
  ? H
  : T extends PreparedFilter
    ? never
    : T extends object
      ? { readonly [K in keyof T]: Over<H, T[K]> }
      : T;

type AllOver<H, Values extends readonly unknown[]> = { [I in keyof Values]: Over<H, Values[I]> };

/** The kernels there are on the GPU: all but the one that prepares filters. */
export type GpuOperation = Exclude<keyof BitKernels, 'prepareFilter'>;

/** The arguments of a kernel with an `H` in place of every array. */
export type ArgumentsOver<H, Name extends GpuOperation> = AllOver<H, Parameters<BitKernels[Name]>>;

/** An array that a shader reads. */
export interface InputArray<H> {
  readonly name: string;
  /** Type of an element, as WGSL writes it. Floats whose bits matter are read as `u32`, or by `bitcast<u32>` where they are declared `f32`. */
  readonly element: 'f32' | 'i32' | 'u32' | 'vec4<i32>';
  /** One, or several one after the other: a shader has few bindings. */
  readonly held: H | readonly (H | Float32Array)[];
}

/** One run of a shader. */
export interface Dispatch<H> {
  /** The operation, for error messages. */
  readonly where: string;
  /** WGSL that defines `fn item(column: i32, row: i32)`, to be called for all columns and rows; it writes the array `result`. */
  readonly body: string;
  readonly uniforms: Uniforms;
  readonly inputs: readonly InputArray<H>[];
  readonly output: {
    readonly held: H;
    /** Elements smaller than a word are put together with atomics, from zeros. */
    readonly element: 'f32' | 'i32' | 'atomic<u32>';
  };
  readonly columns: number;
  readonly rows: number;
}
