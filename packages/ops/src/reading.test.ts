import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { asReading, type Reading, read, runReading, runReadingSync } from './reading.js';

beforeAll(() => tf.setBackend('cpu'));

/** The sum of x, computed from values read on the way. */
function* sumOf(x: tf.Tensor): Reading<number> {
  const values = yield* read(x);
  const [twice] = yield* read(tf.scalar(2 * values.reduce((sum, value) => sum + value, 0)));
  return twice / 2;
}

test('reads at once or waited for, the result is the same', async () => {
  const x = tf.tensor1d([1, 2, 4]);
  expect(runReadingSync(sumOf(x))).toBe(7);
  expect(await runReading(sumOf(x))).toBe(7);
});

test('results that need no reading go through as they are, values that can be iterated over too', async () => {
  const list = Float32Array.of(1, 2);
  expect(await runReading(asReading(list))).toBe(list);
  expect(runReadingSync(asReading(sumOf(tf.scalar(3))))).toBe(3);
});

test('every part between two reads runs inside what is asked for, and no wait does', async () => {
  let depth = 0;
  const seen: number[] = [];
  function* parts(): Reading<void> {
    seen.push(depth);
    yield* read(tf.scalar(1));
    seen.push(depth);
  }
  const run = runReading(parts(), (part) => {
    depth++;
    const result = part();
    depth--;
    return result;
  });
  expect(depth).toBe(0);
  await run;
  expect(seen).toEqual([1, 1]);
});

test('errors come out', async () => {
  function* failing(): Reading<number> {
    yield* read(tf.scalar(1));
    throw new Error('no value today');
  }
  expect(() => runReadingSync(failing())).toThrow('no value today');
  await expect(runReading(failing())).rejects.toThrow('no value today');
});
