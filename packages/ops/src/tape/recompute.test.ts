import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerGradients } from '../gradients/register.js';
import { valueAndGradients } from './differentiate.js';
import { recompute } from './recompute.js';

beforeAll(() => registerGradients());

const inner = (x: tf.Tensor, w: tf.Tensor) => tf.tanh(tf.add(tf.mul(tf.sin(x), w), tf.exp(tf.mul(x, w))));

describe('recompute', () => {
  const made: tf.Variable[] = [];
  const variable = (values: number[]) => {
    made.push(tf.tidy(() => tf.variable(tf.tensor1d(values))));
    return made[made.length - 1];
  };

  test.each(['valueAndGradients', 'tf.variableGrads'] as const)('same numbers to the bit, by %s', (by) => {
    const [x, w, unused] = [variable([0.5, -1, 2]), variable([0.1, 0.7, -0.3]), variable([1])];
    const before = tf.memory().numTensors;
    const runs: boolean[] = [];
    const block = (y: tf.Tensor, recomputed: boolean) => {
      const f = (input: tf.Tensor, again = false) => {
        runs.push(again);
        return inner(input, w);
      };
      return recomputed ? recompute(f, y, [w, unused]) : f(y);
    };
    const numbers = (recomputed: boolean) => {
      // Through the block twice, with a shortcut around it: gradients of x and w meet inside and outside.
      const loss = () => tf.sum(tf.add(block(block(tf.mul(x, 2), recomputed), recomputed), x)) as tf.Scalar;
      if (by === 'tf.variableGrads') {
        const { value, grads } = tf.variableGrads(loss, [x, w]);
        const result = [value, grads[x.name], grads[w.name]].map((t) => t.dataSync());
        tf.dispose([value, grads]);
        return result;
      }
      const { value, gradients } = valueAndGradients(loss, [x, w]);
      const result = [value, gradients.get(x)!, gradients.get(w)!].map((t) => t.dataSync());
      tf.dispose([value, ...gradients.values()]);
      return result;
    };
    const expected = numbers(false);
    runs.length = 0;
    expect(numbers(true)).toEqual(expected);
    expect(runs).toEqual([false, false, true, true]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a variable that is not used has a gradient of zeros; without a tape f runs once', () => {
    const [x, w, unused] = [variable([1, 2]), variable([3, 4]), variable([5])];
    const f = (input: tf.Tensor) => inner(input, w);
    const { value, gradients } = valueAndGradients(
      () => tf.sum(recompute(f, x, [w, unused])) as tf.Scalar,
      [x, unused],
    );
    expect(gradients.get(unused)!.dataSync()).toEqual(Float32Array.of(0));
    tf.dispose([value, ...gradients.values()]);
    const [plain, recomputed] = [f(x), recompute(f, x, [w])];
    expect(recomputed.dataSync()).toEqual(plain.dataSync());
    tf.dispose([plain, recomputed]);
  });

  test('keeps the input alone until the backward pass, and frees all of it when f fails there', () => {
    const x = variable(Array.from({ length: 1000 }, (_, i) => i / 1000));
    const before = tf.memory();
    const most = (recomputed: boolean) => {
      let bytes = 0;
      const step = (y: tf.Tensor) => tf.sin(tf.cos(tf.sin(tf.cos(y))));
      const loss = () => {
        let y: tf.Tensor = x;
        for (let i = 0; i < 5; i++) y = tf.tidy(() => (recomputed ? recompute(step, y, []) : step(y)));
        bytes = tf.memory().numBytes - before.numBytes;
        return tf.sum(y) as tf.Scalar;
      };
      const { value, gradients } = valueAndGradients(loss, [x]);
      tf.dispose([value, ...gradients.values()]);
      return bytes / x.size / 4;
    };
    expect(most(false)).toBeGreaterThan(20);
    expect(most(true)).toBeLessThan(12);
    const failing = (y: tf.Tensor, again: boolean) => {
      if (again) throw new Error('not again');
      return tf.square(y);
    };
    expect(() => valueAndGradients(() => tf.sum(recompute(failing, x, [])) as tf.Scalar, [x])).toThrow('not again');
    expect(tf.memory().numTensors).toBe(before.numTensors);
  });
});
