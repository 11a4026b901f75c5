import { describe, expect, test } from 'vitest';
import { hashSeed, Random } from './random.js';

describe('Random', () => {
  test('the generator is xoshiro128**: first outputs from state 1, 2, 3, 4 follow from its definition', () => {
    // s1 * 5 = 10, rotl(10, 7) = 1280, * 9 = 11520; then s1 = 2 ^ (3 ^ 1) = 0 gives 0.
    const random = new Random([1, 2, 3, 4]);
    expect(random.uint32()).toBe(11520);
    expect(random.uint32()).toBe(0);
  });

  test('a restored state continues the same stream', () => {
    const random = new Random(7);
    for (let i = 0; i < 10; i++) random.normal();
    const copy = new Random(random.state);
    expect(Array.from({ length: 5 }, () => copy.next())).toEqual(Array.from({ length: 5 }, () => random.next()));
  });

  test('moments of uniform and normal numbers are those of their distributions', () => {
    const random = new Random(3);
    const n = 100_000;
    const draws = Array.from({ length: n }, () => random.normal(2, 3));
    const mean = draws.reduce((a, b) => a + b) / n;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
    expect(Math.abs(mean - 2)).toBeLessThan(5 * (3 / Math.sqrt(n))); // five standard errors
    expect(Math.abs(variance - 9)).toBeLessThan(5 * 9 * Math.sqrt(2 / n));
    const uniform = Array.from({ length: n }, () => random.next()).reduce((a, b) => a + b) / n;
    expect(Math.abs(uniform - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n));
  });

  test('shuffle is a permutation and depends on the seed', () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    const a = new Random(1).shuffle([...items]);
    const b = new Random(2).shuffle([...items]);
    expect([...a].sort((x, y) => x - y)).toEqual(items);
    expect(a).not.toEqual(b);
  });

  test('seeds made of different parts differ, and the order of the parts matters', () => {
    const seeds = [
      hashSeed(1, 'a'),
      hashSeed('a', 1),
      hashSeed(1, 'b'),
      hashSeed(2, 'a'),
      hashSeed(1, 'a', 0),
      hashSeed(2 ** 32 + 1, 'a'),
    ];
    expect(new Set(seeds).size).toBe(seeds.length);
  });
});
