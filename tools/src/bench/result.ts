import { describeEnvironment } from '@onebit/training';
import type { StepProfile } from '../workloads/profile.js';

/** One comparison. `ratio` is the rival's time over ours: above 1 we are faster. Rows whose rival is not installed say so in `note`. */
export interface BenchRow {
  readonly case: string;
  readonly implementation: string;
  readonly medianMs: number;
  readonly rival: string;
  readonly rivalMedianMs: number | null;
  readonly ratio: number | null;
  /** Smallest ratio that is good enough; null where the comparison only informs. */
  readonly target: number | null;
  /** Null where there was nothing to compare with. */
  readonly ok: boolean | null;
  /** Of a kernel: 10^9 operations per second. */
  readonly gops?: number | null;
  /** Of a kernel: its share of the operations that a register-only loop does in the same time. */
  readonly peakShare?: number | null;
  readonly note?: string;
}

/** Something of which there should be no more than a share of something else, such as memory. */
export interface LimitRow {
  readonly case: string;
  readonly implementation: string;
  /** What is measured, and of what it is a share. */
  readonly what: string;
  readonly of: string;
  readonly unit: 'MiB' | 'ms';
  readonly value: number;
  readonly ofValue: number;
  /** `value / ofValue` */
  readonly share: number;
  /** Largest share that is good enough; null where the comparison only informs. */
  readonly limit: number | null;
  readonly ok: boolean | null;
}

export interface BenchResult {
  readonly bench: string;
  readonly commit: string;
  readonly machine: string;
  readonly date: string;
  readonly rows: readonly BenchRow[];
  /** Of the kernels: 10^9 operations per second of register-only loops. */
  readonly peaks?: Readonly<Record<string, number>>;
  /** Of the training steps: memory, and time between kernels. */
  readonly limits?: readonly LimitRow[];
  /** Of the training steps: where each goes, by case. */
  readonly profiles?: Readonly<Record<string, StepProfile>>;
}

export function benchRow(row: Omit<BenchRow, 'ratio' | 'ok'>): BenchRow {
  const ratio = row.rivalMedianMs === null ? null : row.rivalMedianMs / row.medianMs;
  return { ...row, ratio, ok: ratio === null || row.target === null ? null : ratio >= row.target };
}

export function limitRow(row: Omit<LimitRow, 'share' | 'ok'>): LimitRow {
  const share = row.value / row.ofValue;
  return { ...row, share, ok: row.limit === null ? null : share <= row.limit };
}

export async function benchResult(bench: string, rows: readonly BenchRow[]): Promise<BenchResult> {
  const { commit, cpu, cores, platform, node, memoryGiB, date } = await describeEnvironment();
  return {
    bench,
    commit: String(commit ?? 'not a git checkout'),
    machine: `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}`,
    date: String(date),
    rows,
  };
}
