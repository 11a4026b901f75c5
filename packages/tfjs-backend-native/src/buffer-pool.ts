/** Arrays that tensors of the native back end live in. */
export type PooledArray = Float32Array | Int32Array | Uint8Array;
/** Tensor types with such arrays. */
export type PooledType = 'float32' | 'int32' | 'bool';

const constructors = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Arrays shorter than this cost less to make than to keep. */
const smallestPooled = 256;

/**
 * Recycles arrays by type and exact length. A fresh large array costs page faults and zeroing, several times what a simple kernel does with it.
 * Lengths that have not been used for longest are dropped first when the pool is full.
 */
export class BufferPool {
  /** Most recently used length last. */
  readonly #free = new Map<string, PooledArray[]>();
  #bytes = 0;

  /** Fills every recycled array with NaN (integers: a large number) so that a kernel that reads before it writes shows up. For tests. */
  poison = false;

  constructor(readonly capBytes: number) {}

  /** Bytes waiting for reuse. */
  get bytes(): number {
    return this.#bytes;
  }

  /** An array of `length` entries of any content. */
  take<T extends PooledType>(type: T, length: number): InstanceType<(typeof constructors)[T]> {
    const key = `${type}${length}`;
    const found = length < smallestPooled ? undefined : this.#free.get(key);
    const array = found?.pop();
    if (array !== undefined) {
      this.#bytes -= array.byteLength;
      if (found?.length === 0) this.#free.delete(key);
    }
    return (array ?? this.#fresh(type, length)) as InstanceType<(typeof constructors)[T]>;
  }

  #fresh(type: PooledType, length: number): PooledArray {
    const array = new constructors[type](length);
    if (this.poison) poisonArray(array);
    return array;
  }

  /** Takes an array back; nobody may use it any more. */
  give(array: PooledArray): void {
    if (array.length < smallestPooled || array.byteLength > this.capBytes) return;
    if (this.poison) poisonArray(array);
    const key = `${typeOf(array)}${array.length}`;
    const list = this.#free.get(key) ?? [];
    this.#free.delete(key);
    this.#free.set(key, list);
    list.push(array);
    this.#bytes += array.byteLength;
    while (this.#bytes > this.capBytes) this.#dropOldest();
  }

  /** Lets everything go. */
  trim(): void {
    this.#free.clear();
    this.#bytes = 0;
  }

  #dropOldest(): void {
    for (const [key, list] of this.#free) {
      this.#bytes -= list.pop()?.byteLength ?? 0;
      if (list.length === 0) this.#free.delete(key);
      return;
    }
  }
}

function typeOf(array: PooledArray): PooledType {
  if (array instanceof Float32Array) return 'float32';
  return array instanceof Int32Array ? 'int32' : 'bool';
}

function poisonArray(array: PooledArray): void {
  array.fill(array instanceof Float32Array ? Number.NaN : 0x7f7f7f7f);
}
