/** Memory from the system in large pieces, for the arrays under tensors. */
export interface MemoryKernels {
  /**
   * `bytes` bytes, a multiple of 2 MiB, at a boundary of 2 MiB, on large pages where the system has them. What was never written to takes no memory
   * and reads as 0. Undefined where the system has none left or the engine allows no memory from outside.
   */
  allocateSlab(bytes: number): ArrayBuffer | undefined;
  /** Detaches a buffer: all views of it become empty, and its memory goes back to the system in one of the next turns of the event loop. */
  releaseBuffer(buffer: ArrayBuffer): void;
}
