import { Random } from '@onebit/common';
import { inference, type MethodName, methods } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { expect } from 'vitest';
import type { Backbone } from '../src/backbone.js';

/** Every plan that a backbone must run under. */
export const plans = ['float', ...(Object.keys(methods) as MethodName[])];

/** Two images `[2, height, width, 3]` of noise. */
export function randomImages(height: number, width: number, seed = 1): tf.Tensor4D {
  const random = new Random(seed);
  const values = Float32Array.from({ length: 2 * height * width * 3 }, () => random.normal());
  return tf.tensor4d(values, [2, height, width, 3]);
}

/** The maps are those that `featureInfo` announces: names, order, channels, sizes, sign. */
export function expectAnnouncedMaps(model: Backbone, height: number, width: number): void {
  tf.tidy(() => {
    const maps = model.forward(randomImages(height, width), inference);
    expect(Object.keys(maps)).toEqual(model.featureInfo.map(({ name }) => name));
    for (const { name, channels, stride, nonNegative } of model.featureInfo) {
      const shape = [2, Math.ceil(height / stride), Math.ceil(width / stride), channels];
      expect([name, ...maps[name].shape]).toEqual([name, ...shape]);
      if (nonNegative) expect(Math.min(...maps[name].dataSync())).toBeGreaterThanOrEqual(0);
    }
  });
}

/** Names of parameters with the gradients of a loss over all maps; nothing but the parameters stays in memory. */
function gradientsOf(model: Backbone, height: number, width: number): [string, Float32Array][] {
  const parameters = model.namedParameters();
  const before = tf.memory().numTensors;
  const gradients = tf.tidy(() => {
    const x = randomImages(height, width);
    const loss = () => {
      const maps = Object.values(model.forward(x, { training: true }));
      return maps.map((map) => tf.mean(tf.square(tf.sub(map, 0.3)))).reduce((a, b) => tf.add(a, b)) as tf.Scalar;
    };
    const variables = parameters.map(([, { variable }]) => variable);
    const { grads } = tf.variableGrads(loss, variables);
    return parameters.map(([name, { variable }]): [string, Float32Array] => [
      name,
      Float32Array.from(grads[variable.name].dataSync()),
    ]);
  });
  expect(tf.memory().numTensors).toBe(before);
  return gradients;
}

/** A finite gradient that is not 0 reaches every parameter. */
export function expectGradientsEverywhere(model: Backbone, height: number, width: number): void {
  const gradients = gradientsOf(model, height, width);
  expect(gradients.filter(([, values]) => !values.every(Number.isFinite)).map(([name]) => name)).toEqual([]);
  expect(gradients.filter(([, values]) => values.every((value) => value === 0)).map(([name]) => name)).toEqual([]);
}
