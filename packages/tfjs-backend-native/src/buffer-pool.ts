import { Arena, type ArenaUse, type SlabSource } from './memory/arena.js';
import type { Block } from './memory/free-list.js';

/** Arrays that tensors of the native back end live in. */
export type PooledArray = Float32Array | Int32Array | Uint8Array;
/** Tensor types with such arrays. */
export type PooledType = 'float32' | 'int32' | 'bool';

const constructors = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;
type ArrayOf<T extends PooledType> = InstanceType<(typeof constructors)[T]>;

/** Arrays shorter than this are V8's own: they cost less to make than a block and a view. */
export const smallestPooled = 256;

/**
 * Arrays of any type and length as views of an {@link Arena}. A fresh large array costs page faults and zeroing, several times what a simple kernel
 * does with it; here only the first tensors of a program pay that.
 */
export class BufferPool {
  readonly #arena: Arena;
  /** Arrays taken and not given back, with their block; small ones have none. */
  readonly #taken = new WeakMap<PooledArray, Block | null>();

  /** Bytes in use each time an array is taken are added to this list, where there is one. */
  trace: number[] | undefined;

  /** Fills every array with NaN (integers: a large number) so that a kernel that reads before it writes shows up. For tests. */
  poison = false;

  constructor(source: SlabSource) {
    this.#arena = new Arena(source);
  }

  /** What is in use and what was asked of the system. */
  get use(): ArenaUse {
    return this.#arena.use;
  }

  /** Begins a new {@link ArenaUse.peakBytes}. */
  resetPeak(): void {
    this.#arena.resetPeak();
  }

  /** An array of `length` entries of any content. */
  take<T extends PooledType>(type: T, length: number): ArrayOf<T> {
    const TypedArray = constructors[type];
    let array: PooledArray;
    if (length < smallestPooled) {
      array = new TypedArray(length);
      this.#taken.set(array, null);
    } else {
      const block = this.#arena.take(length * TypedArray.BYTES_PER_ELEMENT);
      array = new TypedArray(block.slab.buffer, block.offset, length);
      this.#taken.set(array, block);
    }
    this.trace?.push(this.#arena.usedBytes);
    if (this.poison) poisonArray(array);
    return array as ArrayOf<T>;
  }

  /** Whether the array was made here and nobody outside has it. */
  owns(array: PooledArray): boolean {
    return this.#taken.has(array);
  }

  /** Whether the array's memory will become another array's. */
  isRecycled(array: PooledArray): boolean {
    return this.#taken.get(array) != null;
  }

  /** Takes an array back, which nobody may use any more; one that is not from here is left alone. */
  give(array: PooledArray): void {
    const block = this.#taken.get(array);
    if (block === undefined) return;
    if (this.poison) poisonArray(array);
    this.#taken.delete(array);
    if (block !== null) this.#arena.give(block);
  }

  /** The array may now be held by anyone: it is never recycled or written to again. */
  disown(array: PooledArray): void {
    this.#taken.delete(array);
  }

  /** Gives memory behind the last array of each slab back to the system. */
  trim(): void {
    this.#arena.trim();
  }
}

function poisonArray(array: PooledArray): void {
  array.fill(array instanceof Float32Array ? Number.NaN : 0x7f7f7f7f);
}
