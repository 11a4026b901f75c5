import type { NativeKernels, PeakName } from '@onebit/kernels';
import { type BenchRow, benchRow } from '../result.js';
import { type Contestant, interleaveTurns, turnMs } from './turns.js';

/** Whom our kernel is compared with. */
export interface Rival {
  readonly name: string;
  /** Smallest ratio of the rival's time to ours that is good enough; null where the comparison only informs. */
  readonly target: number | null;
  /** Or why it is not there. */
  readonly contestant: Contestant | { readonly missing: string };
  /** The rival is what the machine can do at most: the ratio is a share. */
  readonly isPeak?: boolean;
}

/** What a case needs to run. */
interface Stage {
  readonly ours: Contestant;
  readonly rivals: readonly Rival[];
  release?(): Promise<void>;
}

/** One line, or several with different rivals, of the table. */
export interface KernelCase {
  readonly name: string;
  readonly implementation: string;
  /** Operations of one call (2 per multiplication and addition, or per bit), padded words included; absent where they say nothing. */
  readonly operations?: number;
  readonly note?: string;
  /** Makes the operands, and checks that all contestants compute the same. */
  prepare(): Promise<Stage>;
}

/** A peak as a rival: it needs the time in which a register-only loop does that many operations. */
export function peakRival(native: NativeKernels, peak: PeakName, operations: number, target: number | null): Rival {
  const name = `measured ${peak} peak`;
  if (native.measurePeak(peak, 1) === 0) {
    return { name, target, contestant: { missing: `kernel set ${native.kernelSet} has no ${peak}` }, isPeak: true };
  }
  const contestant = { turn: () => (operations / native.measurePeak(peak, turnMs)) * 1e3 };
  return { name, target, contestant, isPeak: true };
}

/** Runs a case; one row for each rival. */
export async function runCase(one: KernelCase, rounds: number): Promise<BenchRow[]> {
  const { ours, rivals, release } = await one.prepare();
  try {
    const present = rivals.filter((rival) => 'turn' in rival.contestant);
    const contestants = [ours, ...present.map(({ contestant }) => contestant as Contestant)];
    const [medianMs, ...rivalMs] = await interleaveTurns(contestants, rounds);
    const peak = present.findIndex(({ isPeak }) => isPeak);
    return rivals.map((rival) => {
      const place = present.indexOf(rival);
      const missing = 'missing' in rival.contestant ? `rival not there: ${rival.contestant.missing}` : undefined;
      const note = [one.note, missing].filter((text) => text !== undefined).join('; ');
      return benchRow({
        case: one.name,
        implementation: one.implementation,
        medianMs,
        gops: one.operations === undefined ? null : one.operations / medianMs / 1e6,
        peakShare: peak < 0 ? null : rivalMs[peak] / medianMs,
        rival: rival.name,
        rivalMedianMs: place < 0 ? null : rivalMs[place],
        target: rival.target,
        ...(note !== '' && { note }),
      });
    });
  } finally {
    await release?.();
  }
}
