import { loadNative, type NativeKernels, type PeakName } from '@onebit/kernels';

/** The loops that bound the kernels of a training step. */
export type WorkPeak = Extract<PeakName, 'fp32-fma' | 'xor-popcount' | 'sign-lookup'>;

/** What the machine can do at most. */
export interface MachineLimits {
  readonly threads: number;
  /** Operations per second of all threads together, by loop. */
  readonly operationsPerSecond: Readonly<Record<WorkPeak, number>>;
  /** Bytes read and written per second by all threads together. */
  readonly bytesPerSecond: number;
}

const peakMs = 30;
/** Far beyond any cache: 64 MiB an array. */
const triadLength = 2 ** 24;
const triadRounds = 8;

/** Measures the limits that a training step can meet, in about 0.3 s, with the threads in use. */
export function measureMachine(): MachineLimits {
  const native = loadNative();
  // The loops touch registers only and run on one core each; as many cores do as many times more.
  const peak = (name: WorkPeak) => native.measurePeak(name, peakMs) * native.threads;
  const products = peak('fp32-fma');
  const operationsPerSecond = {
    'fp32-fma': products,
    'xor-popcount': peak('xor-popcount'),
    // Kernel sets without look-ups multiply signs as floats.
    'sign-lookup': peak('sign-lookup') || products,
  };
  return { threads: native.threads, operationsPerSecond, bytesPerSecond: triadBandwidth(native) };
}

/** c = a + b over arrays that no cache holds; the best of some rounds, 3 x 4 bytes an element. */
function triadBandwidth(native: NativeKernels): number {
  const [a, b, c] = Array.from({ length: 3 }, () => new Float32Array(triadLength).fill(1));
  const shape = [triadLength];
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < triadRounds; round++) {
    const started = performance.now();
    native.arithmetic('add', a, shape, b, shape, c);
    best = Math.min(best, performance.now() - started);
  }
  return (3 * c.byteLength) / (best / 1e3);
}
