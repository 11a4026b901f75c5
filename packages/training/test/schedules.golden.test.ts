import type { TensorFile } from '@onebit/common';
import { describe, expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../test/golden.js';
import { type Schedule, scheduleAt } from '../src/index.js';

const kind = 'training/schedules.safetensors';
const tensors: TensorFile['tensors'] = hasGolden(kind) ? goldenFile(kind).tensors : new Map();
const numbers = (name: string): number[] => Array.from(tensors.get(name)!.data, Number);
let count = 0;

/** Relative 1e-9: both sides are float64, only the order of a few operations differs. */
function compare(name: string, value: (index: number) => number): void {
  const expected = numbers(name);
  expected.forEach((e, i) => {
    expect(Math.abs(value(i) - e), `${name}[${i}]: ${value(i)} for ${e}`).toBeLessThanOrEqual(
      1e-9 * Math.abs(e) + 1e-15,
    );
  });
  expect(expected.length).toBeGreaterThan(0);
  count++;
}

describe.skipIf(!hasGolden(kind))('schedules against the vectors', () => {
  test('linear, as meant and as run by trainers that advance the schedule before the first step', () => {
    const [steps, rate] = numbers('linear_args');
    const schedule: Schedule = { kind: 'linear', rate };
    compare('linear_intended', (i) => scheduleAt(schedule, i, steps));
    compare('linear_as_run', (i) => scheduleAt(schedule, i + 1, steps));
  });

  test('cosine with warm-up', () => {
    const [warmup, steps, rate] = numbers('cosine_args');
    const schedule: Schedule = { kind: 'cosine', rate, warmup: { steps: warmup } };
    compare('cosine_lr', (i) => scheduleAt(schedule, i, steps));
    // The other indexing rises from 0, has the peak twice and ends in 0: a curve two steps shorter whose peak is repeated.
    const zoo: Schedule = { kind: 'cosine', rate, warmup: { steps: warmup - 1, from: 0 } };
    compare('cosine_zoo_lr', (i) => scheduleAt(zoo, i < warmup ? i : i - 1, steps - 2));
  });

  test('Real-to-Binary: 5 epochs of warm-up, drops at 40, 60 and 70 of 75', () => {
    const [perEpoch, rate, gamma] = numbers('r2b_args');
    // Keras' piecewise constants keep the old rate at the boundary step itself; our milestone is the first step with the new one.
    const milestones = [40, 60, 70].map((epoch) => epoch * perEpoch + 1);
    const schedule: Schedule = { kind: 'step', rate, gamma, milestones, warmup: { steps: 5 * perEpoch, from: 0 } };
    compare('r2b_lr', (i) => scheduleAt(schedule, i, 75 * perEpoch));
  });

  test('linear warm-up from a ratio times steps of 0.1', () => {
    const [steps, warmup, from, rate, ...milestones] = numbers('warmstep_args');
    const schedule: Schedule = { kind: 'step', rate, gamma: 0.1, milestones, warmup: { steps: warmup, from } };
    compare('warmstep_lr', (i) => scheduleAt(schedule, i, steps));
  });

  test('geometric growth of lambda, whose last value is reached', () => {
    const [steps, rate, end] = numbers('lambda_args');
    compare('lambda_geometric', (i) => scheduleAt({ kind: 'exponential', rate, end }, i, steps - 1));
  });

  const runs = [...tensors.keys()].map((name) => /^ede_(.+)_args$/.exec(name)?.[1]).filter((run) => run !== undefined);
  test.each(runs)('error decay estimator, run %s: t is geometric, k its bounded inverse', (run) => {
    const [steps, rate, end] = numbers(`ede_${run}_args`);
    const t = (i: number) => scheduleAt({ kind: 'exponential', rate, end }, i, steps);
    compare(`ede_${run}_t`, t);
    if (tensors.has(`ede_${run}_k`)) compare(`ede_${run}_k`, (i) => Math.max(1 / t(i), 1));
  });

  test('all of it was found', () => {
    expect(runs.length).toBeGreaterThan(0);
    compared(kind, count);
  });
});
