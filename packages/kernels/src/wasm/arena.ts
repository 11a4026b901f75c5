import { OnebitError } from '@onebit/common/errors';
import type { WasmMemory } from './host.js';

/** Bytes of a page of WebAssembly memory, and the most pages 32-bit addresses reach. */
const pageBytes = 65536;
export const maxPages = 65536;

/** Bytes behind every array that the kernels may read (whole vectors and words of 32 channels), never write. */
const slack = 128;

/** What can be stored in the memory of the module. */
export type Storable = Float32Array | Int32Array | Int8Array | Uint8Array;

/**
 * Memory of one call: arrays laid one behind the other and forgotten with {@link reset}. The memory grows as needed and, as all WebAssembly memory,
 * never shrinks.
 */
export class Arena {
  #top: number;

  /** @param base first address free for arrays */
  constructor(
    readonly memory: WasmMemory,
    readonly base: number,
  ) {
    this.#top = base;
  }

  reset(): void {
    this.#top = this.base;
  }

  /** Address of `bytes` bytes, a multiple of 16. Their content is left over from other calls. */
  allocate(bytes: number): number {
    const address = this.#top;
    this.#top = Math.ceil((address + bytes + slack) / 16) * 16;
    const missing = this.#top - this.memory.buffer.byteLength;
    if (missing > 0) this.#grow(Math.ceil(missing / pageBytes));
    return address;
  }

  /** A copy of the array, or 0 (null) where there is none. */
  copyIn(array: Storable | null | undefined): number {
    if (array === null || array === undefined) return 0;
    const address = this.allocate(array.byteLength);
    this.#bytes(address, array.byteLength).set(bytesOf(array));
    return address;
  }

  copyOut(address: number, array: Storable): void {
    bytesOf(array).set(this.#bytes(address, array.byteLength));
  }

  #bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  #grow(pages: number): void {
    try {
      this.memory.grow(pages);
    } catch (cause) {
      const wanted = Math.ceil(this.#top / 2 ** 20);
      const rule = 'the operands of one call must fit into 4 GiB and into what the host grants';
      throw new OnebitError('ERR_BACKEND', `wasm: ${rule}, got a call that needs ${wanted} MiB`, { cause });
    }
  }
}

function bytesOf(array: Storable): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
