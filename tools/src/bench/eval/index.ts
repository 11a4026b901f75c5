import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnebitError } from '@onebit/common';
import { type BenchResult, type BenchRow, benchResult, type LimitRow } from '../result.js';
import type { BenchInput } from '../table.js';
import { evalCases } from './cases.js';
import { pin } from './processes.js';

/** Our evaluation of detections and segmentations against the tools that people use, and against limits of time and memory; one thread. */
export async function benchEval({
  rounds,
  quick = false,
  filter = '',
  output,
  signal,
}: BenchInput): Promise<BenchResult> {
  const all = evalCases(quick);
  const chosen = all.filter(({ name }) => name.includes(filter));
  if (chosen.length === 0) {
    const known = all.map(({ name }) => name).join('; ');
    throw new OnebitError(
      'ERR_USAGE',
      `onebit bench eval: no case contains ${JSON.stringify(filter)}; known: ${known}`,
    );
  }
  if (pin.length === 0) output.warn('there is no taskset here: the contestants are not bound to one core');
  const folder = await mkdtemp(join(tmpdir(), 'onebit-bench-'));
  const rows: BenchRow[] = [];
  const limits: LimitRow[] = [];
  const progress = output.progress('bench eval', chosen.length);
  try {
    for (const [i, one] of chosen.entries()) {
      signal.throwIfAborted();
      progress.update(i, one.name);
      const result = await one.run({ folder, rounds });
      rows.push(...result.rows);
      limits.push(...result.limits);
    }
  } finally {
    progress.finish();
    await rm(folder, { recursive: true, force: true });
  }
  return { ...(await benchResult('eval', rows)), limits };
}
