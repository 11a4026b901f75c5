import type { NativeKernels } from '@onebit/kernels';
import type { SlabSource } from './arena.js';

/** Slabs from the add-on: at the boundaries of large pages and backed by them. Where the engine forbids memory from outside, ordinary buffers. */
export function nativeSlabs(
  native: Pick<NativeKernels, 'allocateSlab' | 'discardPages' | 'releaseBuffer'>,
): SlabSource {
  return {
    // An ordinary buffer that cannot be had throws V8's own error of memory.
    allocate: (bytes) => native.allocateSlab(bytes) ?? new ArrayBuffer(bytes),
    discard: (buffer, offset, bytes) => native.discardPages(new Uint8Array(buffer, offset, bytes)),
    release: (buffer) => native.releaseBuffer(buffer),
  };
}
