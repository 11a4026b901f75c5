import { describeEnvironment } from '@onebit/training';

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

export interface BenchResult {
  readonly bench: string;
  readonly commit: string;
  readonly machine: string;
  readonly date: string;
  readonly rows: readonly BenchRow[];
  /** Of the kernels: 10^9 operations per second of register-only loops. */
  readonly peaks?: Readonly<Record<string, number>>;
}

export function benchRow(row: Omit<BenchRow, 'ratio' | 'ok'>): BenchRow {
  const ratio = row.rivalMedianMs === null ? null : row.rivalMedianMs / row.medianMs;
  return { ...row, ratio, ok: ratio === null || row.target === null ? null : ratio >= row.target };
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
