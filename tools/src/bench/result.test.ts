import { expect, test } from 'vitest';
import { benchResult, benchRow, limitRow } from './result.js';

const row = { case: 'a step', implementation: 'ours', medianMs: 20, rival: 'theirs', target: 2 };

test.each([
  ['faster than asked', 50, 2.5, true],
  ['just as fast as asked', 40, 2, true],
  ['too slow', 39, 1.95, false],
  ['without a rival', null, null, null],
])('a row that is %s', (_, rivalMedianMs, ratio, ok) => {
  expect(benchRow({ ...row, rivalMedianMs })).toEqual({ ...row, rivalMedianMs, ratio, ok });
});

test('a result has the keys that its readers rely on', async () => {
  const rows = [benchRow({ ...row, rivalMedianMs: null, note: 'rival not installed: no Python' })];
  const result = await benchResult('train', rows);
  expect(Object.keys(result)).toEqual(['bench', 'commit', 'machine', 'date', 'rows']);
  expect(result).toMatchObject({ bench: 'train', rows, machine: expect.stringMatching(/\d+ cores, .*Node v\d+/) });
  expect(Number.isNaN(Date.parse(result.date))).toBe(false);
});

test.each([
  [0.5, 0.5, true],
  [0.4, 0.5, false],
  [null, 0.5, null],
])('of a limit of %s a share of %s is %s', (limit, share, ok) => {
  const memory = { case: 'a step', implementation: 'ours', what: 'peak memory', of: 'theirs', unit: 'MiB' } as const;
  expect(limitRow({ ...memory, value: 200, ofValue: 400, limit })).toMatchObject({ share, ok });
});
