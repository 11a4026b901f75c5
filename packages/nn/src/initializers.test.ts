import { Random } from '@onebit/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constant, fans, kaimingNormal, normal, parameterRandom, uniform, xavierNormal } from './initializers.js';

const shape = [3, 3, 40, 60];
const size = 3 * 3 * 40 * 60;

function deviation(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

describe('initializers', () => {
  test.each([
    ['xavierNormal', xavierNormal, Math.sqrt(2 / (9 * 40 + 9 * 60))],
    ['kaimingNormal in', kaimingNormal('in'), Math.sqrt(2 / (9 * 40))],
    ['kaimingNormal out', kaimingNormal('out'), Math.sqrt(2 / (9 * 60))],
    ['normal', normal(0.01), 0.01],
    ['uniform', uniform(-0.3, 0.3), 0.3 / Math.sqrt(3)],
  ] as const)('%s draws with the deviation of its formula', (_name, initializer, expected) => {
    const values = initializer(shape, new Random(5));
    expect(values).toHaveLength(size);
    // The relative error of a sample deviation is about 1 / sqrt(2 size) = 0.5 %; 3 % is six of those.
    expect(deviation(values) / expected).toBeCloseTo(1, 1.5);
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / size)).toBeLessThan(0.05 * expected);
  });

  test('constant fills', () => {
    expect([...constant(0.5)([2, 2], new Random(0))]).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  test('fans of filters and matrices', () => {
    expect(fans(shape)).toEqual({ fanIn: 360, fanOut: 540 });
    expect(fans([5, 7])).toEqual({ fanIn: 5, fanOut: 7 });
  });

  test('the same seed and name give the same stream, any other name or seed another', () => {
    const first = (seed: number, path: string, name: string) => parameterRandom({ seed, path }, name).uint32();
    const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    fc.assert(
      fc.property(fc.nat(), word, word, (seed, path, name) => {
        expect(first(seed, path, name)).toBe(first(seed, path, name));
        expect(first(seed, path, name)).not.toBe(first(seed + 1, path, name));
        expect(first(seed, path, name)).not.toBe(first(seed, `${path}x`, name));
      }),
      { numRuns: 50 },
    );
  });
});
