import fc from 'fast-check';
import { expect, test } from 'vitest';
import { descendingOrder } from './descending-order.js';

test('the order is that of a stable comparing sort', () => {
  const value = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, -0, 0.5, 1, -1, 1e-310, Infinity, -Infinity));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 200 }), (values) => {
      const expected = values.map((_, i) => i).sort((a, b) => (values[a] === values[b] ? 0 : values[b] - values[a]));
      expect([...descendingOrder(Float64Array.from(values))]).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
