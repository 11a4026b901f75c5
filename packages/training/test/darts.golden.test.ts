import { mixture, Parameter } from '@onebit/nn';
import { sgdUpdate, tf, valueAndGradients } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { compared, hasGolden } from '../../../test/golden.js';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { architectureGradients } from '../src/index.js';
import { GoldenValues } from './golden-values.js';

const kind = 'training/darts.safetensors';

/** The README's bounds for float32: values relative 1e-5, gradients 1e-4; a difference quotient loses digits, so the latter of the largest of the series. */
function expectNear(found: readonly number[], expected: readonly number[], tolerance: number, where: string): void {
  expect(found.length, where).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  for (const [i, e] of expected.entries()) {
    expect(Math.abs(found[i] - e), `${where}[${i}]: ${found[i]} for ${e}`).toBeLessThanOrEqual(
      1e-6 + tolerance * largest,
    );
  }
}

/** Alternating steps on `L_val = alpha w - 2 alpha + 1`, `L_train = w^2 - 2 alpha w + alpha^2`. */
async function follow(golden: GoldenValues, run: string) {
  const [alpha0, w0, xi, alphaRate, wRate] = golden.values('args');
  const scalar = (value: number) => new Parameter([], Float32Array.of(value), { role: 'weight' }).variable;
  const [alpha, w] = [scalar(alpha0), scalar(w0)];
  const read = (x: tf.Tensor) => x.dataSync()[0];
  const trainLoss = () =>
    tf.add(tf.sub(tf.square(w), tf.mul(tf.mul(alpha, w), 2)), tf.square(alpha)) as unknown as tf.Scalar;
  const validationLoss = () => tf.add(tf.sub(tf.mul(alpha, w), tf.mul(alpha, 2)), 1) as unknown as tf.Scalar;
  const virtualRate = run === 'first' ? 0 : xi;
  const series = { alpha: [] as number[], w: [] as number[], gradients: [] as number[] };
  for (let step = 0; step < golden.shape(`${run}_alpha`)[0]; step++) {
    const problem = { architecture: [alpha], weights: [{ variable: w }], trainLoss, validationLoss, virtualRate };
    const gradient = (await architectureGradients(problem)).get(alpha)!;
    series.gradients.push(read(gradient));
    sgdUpdate([{ variable: alpha, gradient, learningRate: alphaRate }]);
    sgdUpdate([{ variable: w, gradient: valueAndGradients(trainLoss, [w]).gradients.get(w)!, learningRate: wRate }]);
    series.alpha.push(read(alpha));
    series.w.push(read(w));
  }
  return series;
}

describe.skipIf(!hasGolden(kind))('DARTS against the vectors', () => {
  const runOn = (start: () => Promise<void>) =>
    test('alternating steps of both orders, and a mixed operation', async () => {
      await start();
      const golden = new GoldenValues(kind);
      const runs = golden.names.flatMap((name) => /^(.+)_w$/.exec(name)?.[1] ?? []);
      expect(runs.length).toBeGreaterThan(0);
      for (const run of runs) {
        const { alpha, w, gradients } = await follow(golden, run);
        expectNear(gradients, golden.values(`${run}_grad_alpha`), 1e-4, `${run}_grad_alpha`);
        expectNear(alpha, golden.values(`${run}_alpha`), 1e-5, `${run}_alpha`);
        expectNear(w, golden.values(`${run}_w`), 1e-5, `${run}_w`);
      }
      const [count, ...shape] = golden.shape('mixed_inputs');
      const outputs = Array.from({ length: count }, (_, i) => tf.tensor(golden.row('mixed_inputs', i), shape));
      const alpha = tf.variable(tf.tensor1d(golden.values('mixed_alpha')));
      const upstream = tf.tensor(golden.values('mixed_grad_out'), shape);
      const loss = () => tf.sum(tf.mul(mixture(alpha as unknown as tf.Tensor1D, outputs), upstream)) as tf.Scalar;
      const gradient = valueAndGradients(loss, [alpha]).gradients.get(alpha)!;
      const values = (x: tf.Tensor) => Array.from(x.dataSync());
      expectNear(values(gradient), golden.values('mixed_grad_alpha'), 1e-4, 'mixed_grad_alpha');
      const out = mixture(alpha as unknown as tf.Tensor1D, outputs);
      expectNear(values(out), golden.values('mixed_out'), 1e-5, 'mixed_out');
      expect(golden.unused).toEqual([]);
      compared(kind, golden.count);
    });
  eachBackEnd(runOn, ['cpu', 'native']);
});
