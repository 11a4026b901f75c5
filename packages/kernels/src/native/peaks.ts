/**
 * Register-only loops of an inner loop's instructions, for the kernel set in use:
 * - `xor-popcount`: xor, count, add (2 operations per bit)
 * - `carry-save`: the same counts with one popcount for two words, see docs/performance.md (2 operations per bit)
 * - `fp32-fma`, `int8-dot`, `bf16-dot`: multiply and add (2 operations per product)
 * - `sign-lookup`: five products with signs by one look-up of their sum, and an addition (2 operations per product)
 */
export type PeakName = 'xor-popcount' | 'carry-save' | 'fp32-fma' | 'int8-dot' | 'bf16-dot' | 'sign-lookup';

/** What a benchmark needs from the machine. */
export interface PeakKernels {
  /** Operations per second of one core, measured for about that long (1 to 10 000 ms); 0 where the kernel set has no such instructions. */
  measurePeak(name: PeakName, milliseconds: number): number;
  /** Milliseconds that the calling thread has computed: unlike the clock on the wall, it stands still while others have the core. */
  threadMs(): number;
  /** Binds the calling thread to the core it runs on, or frees it again. False where the system does not allow it. */
  pinThread(pinned: boolean): boolean;
}
