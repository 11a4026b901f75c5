import { expect, test } from 'vitest';
import { CocoError, mask } from '../src/index.js';

test.each([1e9, -1e15, 1e300])('a vertex at %d is refused: the walk along its edges would have no end', (far) => {
  const fill = () => mask.frPyObjects([[1.5, 1, 30, far, 17, 19.5]], 20, 30);
  expect(fill).toThrow(CocoError);
  expect(fill).toThrow(`found ${far}`);
});

test('a vertex as far away as 32 bits of fifths allow is taken', () => {
  expect(mask.area(mask.frPyObjects([[0, 0, 4e8, 0, 4e8, 4e8, 0, 4e8]], 20, 30))).toEqual([600]);
});
