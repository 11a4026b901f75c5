import { Random } from '@onebit/common';
import { extraLosses, type Method, type MethodName, methods } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { expect } from 'vitest';
import type { Backbone, FeatureMaps } from '../src/backbone.js';

/** Every plan that a backbone must run under. */
export const plans = ['float', ...(Object.keys(methods) as MethodName[])];

/** The float plan and one method of each block style: all graphs that a backbone may have. */
export const stylePlans = ['float', ...oneOfEachStyle()];

function oneOfEachStyle(): string[] {
  const byStyle = new Map<string, string>();
  for (const { name, block } of Object.values<Method>(methods)) if (!byStyle.has(block)) byStyle.set(block, name);
  return [...byStyle.values()];
}

/** Images `[count, height, width, 3]` of noise. */
export function randomImages(height: number, width: number, count = 2): tf.Tensor4D {
  const random = new Random(1);
  const values = Float32Array.from({ length: count * height * width * 3 }, () => random.normal());
  return tf.tensor4d(values, [count, height, width, 3]);
}

/**
 * One training step's forward and backward pass: the maps are those that `featureInfo` announces (names, order, channels, sizes, sign), a finite gradient that is not 0 reaches every
 * parameter, and nothing but the parameters stays in memory.
 */
export function expectContract(model: Backbone, height: number, width: number): void {
  const parameters = model.namedParameters();
  // What a network may start with switched off has no gradient yet: a branch by the scale of its normalisation, a gate of one hidden unit by its ReLU.
  for (const [name, { variable }] of parameters) {
    const value = name.endsWith('gamma') ? 1 : name.endsWith('fc1.bias') ? 3 : undefined;
    if (value !== undefined) tf.tidy(() => variable.assign(tf.fill(variable.shape, value)));
  }
  const before = tf.memory().numTensors;
  const [infinite, unreached] = tf.tidy(() => {
    const x = randomImages(height, width);
    const loss = () => {
      const context = { training: true, progress: 0.5 };
      const maps = model.forward(x, context);
      expectAnnounced(model, maps, [height, width]);
      const terms = Object.values(maps).map((map) => tf.mean(tf.square(tf.sub(map, 0.3))));
      return tf.addN([...terms, ...Object.values(extraLosses(model, context))]) as tf.Scalar;
    };
    const variables = parameters.map(([, { variable }]) => variable);
    const { grads } = tf.variableGrads(loss, variables);
    const failing = (passes: (values: Float32Array) => boolean) =>
      parameters.flatMap(([name, { variable }]) => (passes(grads[variable.name].dataSync<'float32'>()) ? [] : [name]));
    return [
      failing((values) => values.every(Number.isFinite)),
      failing((values) => values.some((value) => value !== 0)),
    ];
  });
  expect({ infinite, unreached }).toEqual({ infinite: [], unreached: [] });
  expect(tf.memory().numTensors).toBe(before);
}

function expectAnnounced(model: Backbone, maps: FeatureMaps, size: readonly [number, number]): void {
  expect(Object.keys(maps)).toEqual(model.featureInfo.map(({ name }) => name));
  for (const { name, channels, stride, nonNegative } of model.featureInfo) {
    const [height, width] = size.map((length) => Math.ceil(length / stride));
    expect([name, ...maps[name].shape]).toEqual([name, 2, height, width, channels]);
    if (nonNegative) expect(Math.min(...maps[name].dataSync())).toBeGreaterThanOrEqual(0);
  }
}
