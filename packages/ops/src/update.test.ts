import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerGradients } from './gradients/register.js';
import { adamUpdate, averageUpdate, globalNorm, sgdUpdate } from './update.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

const gradients = [
  [0.5, -1, 2],
  [-0.25, 0.75, 1],
  [1, 1, -3],
];
const start = [1, -0.5, 0.25];
const close = (actual: ArrayLike<number>, expected: readonly number[]) => {
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
};

describe('sgdUpdate', () => {
  test.for([false, true])('momentum, weight decay, gradient scale and clip by the formula; Nesterov %s', (nesterov) => {
    const [lr, momentum, weightDecay, gradientScale, clip] = [0.1, 0.9, 0.01, 0.5, 0.9];
    const variable = tf.variable(tf.tensor1d(start));
    const velocity = tf.variable(tf.zeros([3]));
    let [w, v] = [[...start], [0, 0, 0]];
    for (const g of gradients) {
      const gradient = tf.tensor1d(g);
      const parameter = { variable, gradient, velocity, learningRate: lr, weightDecay, clip };
      sgdUpdate([parameter], { momentum, nesterov, gradientScale });
      const d = g.map((value, i) => value * gradientScale + weightDecay * w[i]);
      v = v.map((value, i) => momentum * value + d[i]);
      const step = nesterov ? d.map((value, i) => value + momentum * v[i]) : v;
      w = w.map((value, i) => Math.min(clip, Math.max(-clip, value - lr * step[i])));
      gradient.dispose();
    }
    close(variable.dataSync(), w);
    close(velocity.dataSync(), v);
  });
  test('without momentum needs no velocity and leaves no tensor behind', () => {
    const variable = tf.variable(tf.tensor1d(start));
    const gradient = tf.tensor1d([1, 2, 3]);
    const before = tf.memory().numTensors;
    sgdUpdate([{ variable, gradient, learningRate: 0.5 }]);
    expect(tf.memory().numTensors).toBe(before);
    close(variable.dataSync(), [0.5, -1.5, -1.25]);
  });
});

describe('adamUpdate', () => {
  test.for([false, true])('by the formula, decoupled weight decay %s', (decoupled) => {
    const [lr, beta1, beta2, epsilon, weightDecay] = [0.01, 0.8, 0.95, 1e-4, 0.1];
    const variable = tf.variable(tf.tensor1d(start));
    const firstMoment = tf.variable(tf.zeros([3]));
    const secondMoment = tf.variable(tf.zeros([3]));
    const before = tf.memory().numTensors;
    let [w, m, s] = [[...start], [0, 0, 0], [0, 0, 0]];
    gradients.forEach((g, at) => {
      const gradient = tf.tensor1d(g);
      const parameter = { variable, gradient, firstMoment, secondMoment, learningRate: lr, weightDecay, step: at + 1 };
      adamUpdate([parameter], { beta1, beta2, epsilon, decoupled });
      gradient.dispose();
      const d = decoupled ? g : g.map((value, i) => value + weightDecay * w[i]);
      if (decoupled) w = w.map((value) => value * (1 - lr * weightDecay));
      m = m.map((value, i) => beta1 * value + (1 - beta1) * d[i]);
      s = s.map((value, i) => beta2 * value + (1 - beta2) * d[i] ** 2);
      w = w.map((value, i) => {
        const [mean, square] = [m[i] / (1 - beta1 ** (at + 1)), s[i] / (1 - beta2 ** (at + 1))];
        return value - (lr * mean) / (Math.sqrt(square) + epsilon);
      });
    });
    expect(tf.memory().numTensors).toBe(before);
    close(variable.dataSync(), w);
  });
});

test('averageUpdate moves every average towards its value', () => {
  const averages = [start, [4]].map((values) => tf.variable(tf.tensor1d(values)));
  const values = [tf.tensor1d([2, 2, 2]), tf.tensor1d([0])];
  averageUpdate(averages, values, 0.75);
  close(averages[0].dataSync(), [1.25, 0.125, 0.6875]);
  close(averages[1].dataSync(), [3]);
});

test('globalNorm is the norm of all entries together', () => {
  expect(
    globalNorm([
      tf.tensor1d([3]),
      tf.tensor2d([
        [0, 4],
        [12, 0],
      ]),
    ]).dataSync()[0],
  ).toBeCloseTo(13, 5);
  expect(globalNorm([]).dataSync()[0]).toBe(0);
});
