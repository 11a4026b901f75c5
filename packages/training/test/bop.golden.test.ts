import { Parameter } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { compared, hasGolden } from '../../../test/golden.js';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { Optimizer } from '../src/index.js';
import { expectClose, GoldenValues } from './golden-values.js';

const kind = 'training/bop.safetensors';

/** Weights, gradient averages and shares of flipped weights after each step. */
async function follow(golden: GoldenValues, run: string) {
  const start = Float32Array.from(golden.values(`${run}_w0`));
  const parameter = new Parameter([start.length], start, { role: 'latent' });
  const gammas = golden.values(`${run}_gamma`);
  const optimizer = new Optimizer([['w', parameter]], { kind: 'bop', threshold: golden.scalar(`${run}_tau`) });
  let before = await parameter.variable.data<'float32'>();
  const steps: { weights: Float32Array; average: Float32Array; flipRate: number }[] = [];
  for (let step = 0; step < golden.shape(`${run}_grad`)[0]; step++) {
    const gradient = tf.tensor1d(golden.row(`${run}_grad`, step));
    optimizer.step(new Map([['w', gradient]]), gammas[step] ?? gammas[0]);
    const weights = await parameter.variable.data<'float32'>();
    const average = (await optimizer.state()).slots.get('gradientAverage')!.get('w')!.data as Float32Array;
    const flips = weights.filter((value, i) => value !== before[i]).length;
    steps.push({ weights, average, flipRate: flips / weights.length });
    before = weights;
  }
  return steps;
}

describe.skipIf(!hasGolden(kind))('Bop against the vectors', () => {
  const runOn = (start: () => Promise<void>) =>
    test('weights flip when and where they should, from ±1 and from the signs of real numbers', async () => {
      await start();
      const golden = new GoldenValues(kind);
      const runs = golden.names.flatMap((name) => /^(.+)_w0$/.exec(name)?.[1] ?? []);
      expect(runs.length).toBeGreaterThan(0);
      for (const run of runs) {
        // The vectors hold, beside ours, what the authors' expression makes of a real-valued start; the README tells which one is meant.
        const weights = [`${run}_w`, `${run}_w_signed_start`].find((name) => golden.names.includes(name))!;
        for (const [step, found] of (await follow(golden, run)).entries()) {
          expect(Array.from(found.weights), `${weights}[${step}]`).toEqual(golden.row(weights, step));
          if (golden.names.includes(`${run}_m`)) expectClose(found.average, golden.row(`${run}_m`, step), `${run}_m`);
          if (golden.names.includes(`${run}_flip_rate`)) {
            expectClose([found.flipRate], [golden.values(`${run}_flip_rate`)[step]], `${run}_flip_rate`);
          }
        }
      }
      const skipped = golden.unused.filter((name) => !name.endsWith('_w_official_expression'));
      expect(skipped).toEqual([]);
      compared(kind, golden.count);
    });
  eachBackEnd(runOn, ['cpu', 'native']);
});
