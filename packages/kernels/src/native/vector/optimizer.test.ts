import { describe, expect, test } from 'vitest';
import { loadNative, nativeReport } from '../load.js';
import { compareWithReference, randomFloats } from './testing.js';

// Several updates of float32 against the same in float64 rounded at every step.
const tolerance = { relative: 2e-5, absolute: 2e-5 };
const lengths = [0, 1, 7, 31, 65, 1000, 70_003];

describe.skipIf(!nativeReport().available)('SGD', () => {
  test.each(lengths)('with and without momentum equals the reference, %i values', (n) => {
    for (const [momentum, nesterov, decay, factor, clip] of [
      [0.9, false, 5e-4, 1, 0],
      [0.9, true, 0, 0.5, 0],
      [0, false, 1e-2, 1, 1],
    ] as const) {
      compareWithReference(
        (kernels, parameter, velocity) => {
          for (let step = 0; step < 3; step++) {
            const gradient = randomFloats(n, step);
            kernels.sgdUpdate(parameter, gradient, velocity, 0.1, momentum, nesterov, decay, factor, clip);
          }
        },
        [randomFloats(n, 7), new Float32Array(n)],
        tolerance,
      );
      if (momentum > 0) continue;
      compareWithReference(
        (kernels, parameter) =>
          kernels.sgdUpdate(parameter, randomFloats(n, 1), null, 0.1, 0, false, decay, factor, clip),
        [randomFloats(n, 7)],
        tolerance,
      );
    }
  });

  test('two steps by hand: p = 1, g = 1, rate 0.1, momentum 0.5', () => {
    const kernels = loadNative();
    const [p, v] = [Float32Array.of(1), Float32Array.of(0)];
    kernels.sgdUpdate(p, Float32Array.of(1), v, 0.1, 0.5, false, 0, 1, 0);
    kernels.sgdUpdate(p, Float32Array.of(1), v, 0.1, 0.5, false, 0, 1, 0);
    expect(v[0]).toBeCloseTo(1.5, 6);
    expect(p[0]).toBeCloseTo(0.75, 6);
    kernels.sgdUpdate(p, Float32Array.of(100), v, 0.1, 0.5, false, 0, 1, 0.25);
    expect(p[0]).toBe(-0.25);
  });

  test('arguments are checked', () => {
    const kernels = loadNative();
    const p = new Float32Array(3);
    const run = (g: Float32Array, v: Float32Array | null, momentum: number, clip = 0) =>
      kernels.sgdUpdate(p, g, v, 0.1, momentum, false, 0, 1, clip);
    expect(() => run(new Float32Array(2), null, 0)).toThrow(/gradient must have length 3, got 2/);
    expect(() => run(p, null, 0.9)).toThrow(/velocity must be given/);
    expect(() => run(p, new Float32Array(4), 0.9)).toThrow(/velocity must have length 3/);
    expect(() => run(p, null, 0, -1)).toThrow(/clip must be/);
  });
});

describe.skipIf(!nativeReport().available)('Adam', () => {
  test.each(lengths)('coupled and decoupled equals the reference, %i values', (n) => {
    for (const [decay, decoupled, factor, clip] of [
      [0, false, 1, 0],
      [1e-2, false, 0.5, 0],
      [1e-2, true, 1, 1],
    ] as const) {
      compareWithReference(
        (kernels, parameter, m, v) => {
          for (let step = 1; step <= 3; step++) {
            const g = randomFloats(n, step);
            kernels.adamUpdate(parameter, g, m, v, step, 1e-2, 0.9, 0.999, 1e-8, decay, decoupled, factor, clip);
          }
        },
        [randomFloats(n, 7), new Float32Array(n), new Float32Array(n)],
        tolerance,
      );
    }
  });

  test('the first step moves by the rate whatever the gradient; epsilon stands outside the root', () => {
    const kernels = loadNative();
    for (const [gradient, epsilon, moved] of [
      [1e-3, 1e-12, 0.1],
      [-50, 1e-8, -0.1],
      [1e-8, 1e-8, 0.05],
    ]) {
      const [p, m, v] = [Float32Array.of(1), new Float32Array(1), new Float32Array(1)];
      kernels.adamUpdate(p, Float32Array.of(gradient), m, v, 1, 0.1, 0.9, 0.999, epsilon, 0, false, 1, 0);
      expect(1 - p[0]).toBeCloseTo(moved, 5);
    }
  });

  test('arguments are checked', () => {
    const kernels = loadNative();
    const p = new Float32Array(3);
    const run = (m: Float32Array, step: number, beta2: number) =>
      kernels.adamUpdate(p, p, m, new Float32Array(3), step, 0.1, 0.9, beta2, 1e-8, 0, false, 1, 0);
    expect(() => run(new Float32Array(2), 1, 0.999)).toThrow(/m must have length 3, got 2/);
    expect(() => run(p, 0, 0.999)).toThrow(/step must be an integer/);
    expect(() => run(p, 1, 1)).toThrow(/\[0, 1\)/);
  });
});
