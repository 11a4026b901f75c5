import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFileVersion, encodeScalars } from '../src/event-file.js';
import { readEvents } from './read-events.js';

describe('event records', () => {
  test('a file begins with its version', () => {
    expect(readEvents(encodeFileVersion(12.5))).toEqual([
      { time: 12.5, step: 0, version: 'brain.Event:2', scalars: {} },
    ]);
  });

  test('the bytes of a record are those of the format', () => {
    // Event { wall_time: 1, step: 300, summary { value { tag: "a", simple_value: 0.5 } } } by hand, from the protobuf wire format.
    const wallTime = [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
    const value = [0x0a, 1, 0x61, 0x15, 0, 0, 0, 0x3f];
    const data = [...wallTime, 0x10, 0xac, 0x02, 0x2a, value.length + 2, 0x0a, value.length, ...value];
    const record = encodeScalars({ step: 300, time: 1, scalars: { a: 0.5 } });
    expect([...record.subarray(0, 8)]).toEqual([data.length, 0, 0, 0, 0, 0, 0, 0]);
    expect([...record.subarray(12, -4)]).toEqual(data);
  });

  test('what was written is read back; what is not finite is left out', () => {
    const scalars = fc.dictionary(fc.string(), fc.float({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(fc.nat(), scalars, (step, values) => {
        const bytes = encodeScalars({ step, time: 3, scalars: { ...values, gap: Number.NaN } });
        const { gap, ...expected } = values;
        expect(readEvents(bytes)).toEqual([{ time: 3, step, scalars: expected }]);
      }),
      { examples: [[0, JSON.parse('{"__proto__": 0}')]] },
    );
  });
});
