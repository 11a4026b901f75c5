import type { Output } from '../cli/output.js';
import { benchData } from './data.js';
import { benchEval } from './eval/index.js';
import { benchKernels } from './kernels/index.js';
import type { BenchResult } from './result.js';
import { benchTrain } from './train/index.js';

export interface BenchInput {
  readonly rounds?: number;
  readonly threads: number;
  /** Fewer turns: to see that it works, not to publish. Benches without a short form ignore it. */
  readonly quick?: boolean;
  /** Only cases whose name contains this. Benches with few cases ignore it. */
  readonly filter?: string;
  /** Back end of our side. Benches of the native kernels ignore it. */
  readonly backend?: string;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Every benchmark that `onebit bench NAME` knows. */
export const benches: Readonly<Record<string, (input: BenchInput) => Promise<BenchResult>>> = {
  train: benchTrain,
  data: benchData,
  kernels: benchKernels,
  eval: benchEval,
};
