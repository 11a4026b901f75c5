import { describe, expect, test } from 'vitest';
import { loadNative, nativeReport } from '../load.js';
import { compareWithReference, randomFloats } from './testing.js';

// Several updates of float32 against the same in float64 rounded at every step.
const tolerance = { relative: 2e-5, absolute: 2e-5 };
/** Blocks of 32768 entries go on across arrays: some end in the middle of one, some hold many. */
const sizes = [7, 0, 70_003, 1, 31, 33_000, 65];

const arrays = (seed: number) => sizes.map((n, k) => randomFloats(n, seed + k));
const zeros = () => sizes.map((n) => new Float32Array(n));
/** One row per parameter, each with a rate of its own. */
const settingsOf = (...rest: number[]) => Float64Array.from(sizes.flatMap((_, k) => [0.1 / (k + 1), ...rest]));

describe.skipIf(!nativeReport().available)('SGD', () => {
  test.each([
    [0.9, false, 5e-4, 1, 0],
    [0.9, true, 0, 0.5, 0],
    [0, false, 1e-2, 1, 1],
  ] as const)(
    'equals the reference: momentum %f, nesterov %s, decay %f, scale %f, clip %f',
    (momentum, nesterov, decay, factor, clip) => {
      const outputs = [...arrays(7), ...(momentum === 0 ? [] : zeros())];
      compareWithReference(
        (kernels, ...all) => {
          const [parameters, velocities] = [all.slice(0, sizes.length), all.slice(sizes.length)];
          for (let step = 0; step < 3; step++) {
            const settings = settingsOf(decay, clip);
            kernels.sgdUpdate(parameters, arrays(step), velocities, settings, momentum, nesterov, factor);
          }
        },
        outputs,
        tolerance,
      );
    },
  );

  test('two steps by hand: p = 1, g = 1, rate 0.1, momentum 0.5', () => {
    const kernels = loadNative();
    const [p, v] = [Float32Array.of(1), Float32Array.of(0)];
    const step = (gradient: number, clip: number) =>
      kernels.sgdUpdate([p], [Float32Array.of(gradient)], [v], Float64Array.of(0.1, 0, clip), 0.5, false, 1);
    step(1, 0);
    step(1, 0);
    expect(v[0]).toBeCloseTo(1.5, 6);
    expect(p[0]).toBeCloseTo(0.75, 6);
    step(100, 0.25);
    expect(p[0]).toBe(-0.25);
  });

  test('arguments are checked', () => {
    const kernels = loadNative();
    const p = new Float32Array(3);
    const run = (g: Float32Array[], v: Float32Array[], momentum: number, settings = [0.1, 0, 0]) =>
      kernels.sgdUpdate([p], g, v, Float64Array.from(settings), momentum, false, 1);
    expect(() => run([new Float32Array(2)], [], 0)).toThrow(/gradients\[0\] must have length 3, got 2/);
    expect(() => run([], [], 0)).toThrow(/gradients must have 1 entries, got 0/);
    expect(() => run([p], [], 0.9)).toThrow(/velocities must have 1 entries/);
    expect(() => run([p], [new Float32Array(4)], 0.9)).toThrow(/velocities\[0\] must have length 3/);
    expect(() => run([p], [], 0, [0.1, 0, -1])).toThrow(/clip must be/);
    expect(() => run([p], [], 0, [0.1])).toThrow(/settings must be a Float64Array of length 3/);
    expect(() => run([new Int32Array(3) as unknown as Float32Array], [], 0)).toThrow(/must hold Float32Arrays/);
  });
});

describe.skipIf(!nativeReport().available)('Adam', () => {
  test.each([
    [0, false, 1, 0],
    [1e-2, false, 0.5, 0],
    [1e-2, true, 1, 1],
  ] as const)('equals the reference: decay %f, decoupled %s, scale %f, clip %f', (decay, decoupled, factor, clip) => {
    compareWithReference(
      (kernels, ...all) => {
        const part = (k: number) => all.slice(k * sizes.length, (k + 1) * sizes.length);
        for (let step = 1; step <= 3; step++) {
          const settings = settingsOf(decay, clip, step);
          kernels.adamUpdate(part(0), arrays(step), part(1), part(2), settings, 0.9, 0.999, 1e-8, decoupled, factor);
        }
      },
      [...arrays(7), ...zeros(), ...zeros()],
      tolerance,
    );
  });

  test('the first step moves by the rate whatever the gradient; epsilon stands outside the root', () => {
    const kernels = loadNative();
    for (const [gradient, epsilon, moved] of [
      [1e-3, 1e-12, 0.1],
      [-50, 1e-8, -0.1],
      [1e-8, 1e-8, 0.05],
    ]) {
      const [p, m, v] = [Float32Array.of(1), new Float32Array(1), new Float32Array(1)];
      const settings = Float64Array.of(0.1, 0, 0, 1);
      kernels.adamUpdate([p], [Float32Array.of(gradient)], [m], [v], settings, 0.9, 0.999, epsilon, false, 1);
      expect(1 - p[0]).toBeCloseTo(moved, 5);
    }
  });

  test('arguments are checked', () => {
    const kernels = loadNative();
    const p = new Float32Array(3);
    const run = (m: Float32Array, step: number, beta2: number) =>
      kernels.adamUpdate([p], [p], [m], [p], Float64Array.of(0.1, 0, 0, step), 0.9, beta2, 1e-8, false, 1);
    expect(() => run(new Float32Array(2), 1, 0.999)).toThrow(/firstMoments\[0\] must have length 3, got 2/);
    expect(() => run(p, 0, 0.999)).toThrow(/step must be an integer/);
    expect(() => run(p, 1, 1)).toThrow(/\[0, 1\)/);
  });
});

test.skipIf(!nativeReport().available)('the moving average equals the reference', () => {
  const values = arrays(3);
  compareWithReference((kernels, ...averages) => kernels.averageUpdate(averages, values, 0.25), arrays(9), {
    absolute: 1e-6,
  });
  expect(() => loadNative().averageUpdate([new Float32Array(2)], [new Float32Array(3)], 0.1)).toThrow(/values\[0\]/);
});
