import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tf } from '@onebit/ops';
import { afterAll } from 'vitest';
import type { MetricsLine, TrainLine } from '../src/index.js';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** A folder that goes away with the test file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onebit-training-'));
  folders.push(folder);
  return folder;
}

/** The numbers of the train lines, without the times. */
export function numbersOf(lines: readonly MetricsLine[]) {
  return lines
    .filter((line): line is TrainLine => line.kind === 'train')
    .map(({ step, rate, total, terms, gradientNorm }) => ({ step, rate, total, terms, gradientNorm }));
}

/** Fails when `action` leaves tensors behind. */
export async function withoutLeak(action: () => Promise<void>): Promise<void> {
  const before = tf.memory().numTensors;
  await action();
  const growth = tf.memory().numTensors - before;
  if (growth !== 0) throw new Error(`${growth} tensors were left behind`);
}
