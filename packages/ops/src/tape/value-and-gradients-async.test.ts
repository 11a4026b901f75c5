import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerGradients } from '../gradients/register.js';
import { type Reading, read } from '../reading.js';
import { valueAndGradients, valueAndGradientsAsync } from './differentiate.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

/** Sum of the exponentials of the elements of 2x that are above 0: which these are is read on the way. */
function* aboveZero(x: tf.Variable): Reading<tf.Scalar> {
  const doubled = tf.mul(x, 2);
  const values = yield* read(doubled);
  const mask = tf.tensor1d(values.map((value) => Number(value > 0)));
  return tf.sum(tf.mul(tf.exp(doubled), mask));
}

const variable = (values: number[]) => tf.tidy(() => tf.variable(tf.tensor1d(values)));

/** Runs `action` on a variable and expects that nothing stays behind. */
async function withVariable(values: number[], action: (x: tf.Variable) => Promise<void>): Promise<void> {
  const before = tf.memory().numTensors;
  const x = variable(values);
  await action(x);
  x.dispose();
  expect(tf.memory().numTensors).toBe(before);
}

describe('valueAndGradientsAsync', () => {
  test('a loss that reads on its way has the value and gradients of one that knew, to the bit', async () => {
    await withVariable([0.3, -1, 0.7], async (x) => {
      const { value, gradients } = await valueAndGradientsAsync(() => aboveZero(x), [x]);
      const known = valueAndGradients(
        () => tf.sum(tf.mul(tf.exp(tf.mul(x, 2)), tf.tensor1d([1, 0, 1]))) as tf.Scalar,
        [x],
      );
      expect(await value.data()).toEqual(await known.value.data());
      expect(await gradients.get(x)!.data()).toEqual(await known.gradients.get(x)!.data());
      tf.dispose([value, known.value, ...gradients.values(), ...known.gradients.values()]);
    });
  });

  test('a loss that reads nothing is that of valueAndGradients', async () => {
    await withVariable([1, 2], async (x) => {
      const { value, gradients } = await valueAndGradientsAsync(() => tf.sum(tf.square(x)) as tf.Scalar, [x]);
      expect((await value.data())[0]).toBe(5);
      expect(await gradients.get(x)!.data()).toEqual(Float32Array.of(2, 4));
      tf.dispose([value, ...gradients.values()]);
    });
  });

  test('two at a time, and other work in between, keep out of each other’s way', async () => {
    await withVariable([0.3, -1, 0.7], async (x) => {
      const alone = await valueAndGradientsAsync(() => aboveZero(x), [x]);
      const both = [0, 1].map(() => valueAndGradientsAsync(() => aboveZero(x), [x]));
      expect(tf.engine().isTapeOn()).toBe(false); // both wait now
      const between = tf.square(x);
      for (const { value, gradients } of await Promise.all(both)) {
        expect(await value.data()).toEqual(await alone.value.data());
        expect(await gradients.get(x)!.data()).toEqual(await alone.gradients.get(x)!.data());
        tf.dispose([value, ...gradients.values()]);
      }
      expect(between.isDisposed).toBe(false);
      tf.dispose([between, alone.value, ...alone.gradients.values()]);
    });
  });

  test('errors before, in and behind a read leave nothing behind, and the engine as it was', async () => {
    await withVariable([1, 2], async (x) => {
      const failing = (where: 'before' | 'in' | 'behind') =>
        function* (): Reading<tf.Scalar> {
          const y = tf.square(x);
          if (where === 'before') throw new Error('no loss today');
          if (where === 'in') y.data = () => Promise.reject(new Error('no loss today'));
          yield* read(y);
          throw new Error('no loss today');
        };
      for (const where of ['before', 'in', 'behind'] as const) {
        await expect(valueAndGradientsAsync(failing(where), [x])).rejects.toThrow('no loss today');
      }
      await expect(valueAndGradientsAsync(() => tf.scalar(1), [x])).rejects.toThrow(/depends on none of the variables/);
      await expect(valueAndGradientsAsync(() => tf.mul(x, 2) as unknown as tf.Scalar, [x])).rejects.toThrow(/a scalar/);
      expect(tf.engine().isTapeOn()).toBe(false);
      expect(tf.engine().state.activeScope).toBeNull();
    });
  });
});
