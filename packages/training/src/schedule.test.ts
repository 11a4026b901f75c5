import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkSchedule, type Schedule, scheduleAt } from './schedule.js';

const decays: Schedule[] = [
  { kind: 'linear', rate: 0.1 },
  { kind: 'poly', rate: 0.1, power: 0.9 },
  { kind: 'cosine', rate: 0.1 },
];

describe('scheduleAt', () => {
  test.each(decays)('$kind starts at the rate, never rises and reaches zero only after the last step', (schedule) => {
    const values = Array.from({ length: 51 }, (_, step) => scheduleAt(schedule, step, 50));
    expect(values[0]).toBe(0.1);
    expect(values[49]).toBeGreaterThan(0);
    expect(values[50]).toBeCloseTo(0, 15);
    for (let i = 1; i <= 50; i++) expect(values[i]).toBeLessThanOrEqual(values[i - 1]);
  });

  test('a decay ends in its end value', () => {
    for (const schedule of [...decays, { kind: 'exponential', rate: 0.1 } as const]) {
      expect(scheduleAt({ ...schedule, end: 0.004 } as Schedule, 20, 20)).toBeCloseTo(0.004, 12);
    }
  });

  test('poly with power 1 is linear', () => {
    for (let step = 0; step <= 10; step++) {
      expect(scheduleAt({ kind: 'poly', rate: 1, power: 1 }, step, 10)).toBe(
        scheduleAt({ kind: 'linear', rate: 1 }, step, 10),
      );
    }
  });

  test('a milestone is the first step with the lower rate', () => {
    const schedule: Schedule = { kind: 'step', rate: 1, gamma: 0.1, milestones: [3, 5] };
    const values = [0, 2, 3, 4, 5, 9].map((step) => scheduleAt(schedule, step, 10));
    for (const [i, value] of [1, 1, 0.1, 0.1, 0.01, 0.01].entries()) expect(values[i]).toBeCloseTo(value, 12);
  });

  test('warm-up rises to the full rate and the decay begins where it ends', () => {
    const schedule: Schedule = { kind: 'linear', rate: 1, warmup: { steps: 4 } };
    expect([0, 1, 2, 3, 4].map((step) => scheduleAt(schedule, step, 8))).toEqual([0.25, 0.5, 0.75, 1, 1]);
    expect(scheduleAt(schedule, 6, 8)).toBe(0.5);
    const from: Schedule = { kind: 'constant', rate: 1, warmup: { steps: 4, from: 0 } };
    expect([0, 1, 2, 3, 4].map((step) => scheduleAt(from, step, 8))).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  test('every step of every valid schedule is in [0, rate]', () => {
    const steps = fc.integer({ min: 3, max: 500 });
    fc.assert(
      fc.property(
        steps,
        fc.nat(2),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (total, kind, at, warm) => {
          const warmup = { steps: 1 + Math.floor(warm * (total - 2)) };
          const value = scheduleAt({ ...decays[kind], warmup } as Schedule, Math.floor(at * (total - 1)), total);
          expect(value).toBeGreaterThan(0);
          expect(value).toBeLessThanOrEqual(0.1);
        },
      ),
    );
  });
});

describe('checkSchedule', () => {
  test.each<[string, Schedule]>([
    ['rate must be a positive number, got 0', { kind: 'constant', rate: 0 }],
    ['rate must be a positive number, got NaN', { kind: 'constant', rate: Number.NaN }],
    ['milestones must rise', { kind: 'step', rate: 1, gamma: 0.1, milestones: [5, 5] }],
    ['the run has 100 steps', { kind: 'step', rate: 1, gamma: 0.1, milestones: [100] }],
    ['gamma must be in (0, 1]', { kind: 'step', rate: 1, gamma: 10, milestones: [5] }],
    ['warmup.steps', { kind: 'cosine', rate: 1, warmup: { steps: 100 } }],
    ['warmup.from', { kind: 'cosine', rate: 1, warmup: { steps: 10, from: 2 } }],
    ['power must be positive', { kind: 'poly', rate: 1, power: 0 }],
    ['end must be positive', { kind: 'exponential', rate: 1, end: 0 }],
    ['end must be 0 or more', { kind: 'linear', rate: 1, end: -1 }],
    [
      'known: constant, step, linear, poly, cosine, exponential. Did you mean "cosine"?',
      { kind: 'cosin', rate: 1 } as never,
    ],
  ])('refuses: %s', (message, schedule) => {
    expect(() => checkSchedule(schedule, 100)).toThrow(message);
  });

  test('accepts good ones', () => {
    for (const schedule of decays) checkSchedule({ ...schedule, warmup: { steps: 5 } } as Schedule, 100);
    checkSchedule({ kind: 'step', rate: 1, gamma: 0.1, milestones: [30, 80] }, 100);
  });
});
