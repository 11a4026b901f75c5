import { Random } from '@onebit/common';
import { extraLosses, methods } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { expect } from 'vitest';
/** Every plan that a backbone must run under. */
export const plans = ['float', ...Object.keys(methods)];
/** The float plan and one method of each block style: all graphs that a backbone may have. */
export const stylePlans = ['float', ...oneOfEachStyle()];
function oneOfEachStyle() {
  const byStyle = new Map();
  for (const { name, block } of Object.values(methods)) if (!byStyle.has(block)) byStyle.set(block, name);
  return [...byStyle.values()];
}
/** Images `[count, height, width, 3]` of noise. */
export function randomImages(height, width, count = 2) {
  const random = new Random(1);
  const values = Float32Array.from({ length: count * height * width * 3 }, () => random.normal());
  return tf.tensor4d(values, [count, height, width, 3]);
}
/**
 * One training step's forward and backward pass: the maps are those that `featureInfo` announces (names, order, channels, sizes, sign), a finite gradient that is not 0 reaches every
 * parameter, and nothing but the parameters stays in memory.
 */
export function expectContract(model, height, width) {
  const parameters = model.namedParameters();
  const before = tf.memory().numTensors;
  const [infinite, unreached] = tf.tidy(() => {
    const x = randomImages(height, width);
    const loss = () => {
      const context = { training: true, progress: 0.5 };
      const maps = model.forward(x, context);
      expectAnnounced(model, maps, [height, width]);
      const terms = Object.values(maps).map((map) => tf.mean(tf.square(tf.sub(map, 0.3))));
      return tf.addN([...terms, ...Object.values(extraLosses(model, context))]);
    };
    const variables = parameters.map(([, { variable }]) => variable);
    const { grads } = tf.variableGrads(loss, variables);
    const failing = (passes) =>
      parameters.flatMap(([name, { variable }]) => (passes(grads[variable.name].dataSync()) ? [] : [name]));
    return [
      failing((values) => values.every(Number.isFinite)),
      failing((values) => values.some((value) => value !== 0)),
    ];
  });
  expect({ infinite, unreached }).toEqual({ infinite: [], unreached: [] });
  expect(tf.memory().numTensors).toBe(before);
}
function expectAnnounced(model, maps, size) {
  expect(Object.keys(maps)).toEqual(model.featureInfo.map(({ name }) => name));
  for (const { name, channels, stride, nonNegative } of model.featureInfo) {
    const [height, width] = size.map((length) => Math.ceil(length / stride));
    expect([name, ...maps[name].shape]).toEqual([name, 2, height, width, channels]);
    if (nonNegative) expect(Math.min(...maps[name].dataSync())).toBeGreaterThanOrEqual(0);
  }
}
//# sourceMappingURL=contract.js.map
