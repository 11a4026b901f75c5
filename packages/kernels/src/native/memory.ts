/** Memory from the system in large pieces, for the arrays under tensors. */
export interface MemoryKernels {
  /**
   * `bytes` bytes, a multiple of 2 MiB, at a boundary of 2 MiB, on large pages where the system has them. What was never written to takes no memory
   * and reads as 0. Undefined where the system has none left or the engine allows no memory from outside.
   */
  allocateSlab(bytes: number): ArrayBuffer | undefined;
  /** Gives the whole pages of an array back to the system where it allows that; they take no memory until written to, and their content is lost. */
  discardPages(array: Uint8Array): void;
  /** Detaches a buffer: all views of it become empty, and its memory goes back to the system in one of the next turns of the event loop. */
  releaseBuffer(buffer: ArrayBuffer): void;
}
