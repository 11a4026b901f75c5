import type { StepProfile } from '../../workloads/profile.js';
import { type LimitRow, limitRow } from '../result.js';
import { caseName, type TrainCase } from './cases.js';
import { startOurs } from './contestants.js';

const profiledSteps = 8;

/** Where a step of a case goes, in a process of its own: counting would not leave times and memory as they are. */
export async function profileCase(
  one: TrainCase,
  { threads, limit }: { readonly threads: number; readonly limit: number | null },
): Promise<{ profile: StepProfile; limit: LimitRow }> {
  const { contestant, about } = await startOurs({ ...one, threads }, 'native');
  try {
    const profile = (await contestant.ask({ profile: profiledSteps })) as unknown as StepProfile;
    const row = limitRow({
      case: caseName(one),
      implementation: `native (${about.kernelSet}), fp32`,
      what: 'outside kernels',
      of: 'step',
      unit: 'ms',
      value: profile.outsideMs,
      ofValue: profile.stepMs,
      limit,
    });
    return { profile, limit: row };
  } finally {
    contestant.stop();
  }
}
