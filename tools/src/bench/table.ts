import type { Output } from '../cli/output.js';
import { benchData } from './data.js';
import type { BenchResult } from './result.js';
import { benchTrain } from './train.js';

export interface BenchInput {
  readonly rounds?: number;
  readonly threads: number;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Every benchmark that `onebit bench NAME` knows. */
export const benches: Readonly<Record<string, (input: BenchInput) => Promise<BenchResult>>> = {
  train: benchTrain,
  data: benchData,
};
