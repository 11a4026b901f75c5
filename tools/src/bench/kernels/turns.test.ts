import { expect, test } from 'vitest';
import { interleaveTurns, repeated, turnMs } from './turns.js';

const wallClock = () => performance.now();

test('contestants take turns in the same order in each round; the first two rounds do not count', async () => {
  const order: string[] = [];
  const contestant = (name: string, times: number[]) => ({
    turn: () => {
      order.push(name);
      return times.shift()!;
    },
  });
  const medians = await interleaveTurns([contestant('a', [9, 9, 1, 3, 2]), contestant('b', [9, 9, 6, 4, 5])], 3);
  expect(medians).toEqual([2, 5]);
  expect(order.join('')).toBe('ababababab');
});

test('a call is repeated until its turn is full, and timed per call', async () => {
  let calls = 0;
  const started = performance.now();
  const contestant = repeated(() => {
    calls++;
    const end = performance.now() + 0.5;
    while (performance.now() < end);
  }, wallClock);
  expect(await contestant.turn()).toBeGreaterThanOrEqual(0.5);
  expect(performance.now() - started).toBeGreaterThanOrEqual(turnMs);
  expect(calls).toBeGreaterThan(1);
});

test('calls that answer later are waited for', async () => {
  const contestant = repeated(() => new Promise((resolve) => setTimeout(resolve, 7)), wallClock);
  expect(await contestant.turn()).toBeGreaterThan(5);
});
