import '@tensorflow/tfjs-backend-cpu';
import { Random, type TensorData } from '@onebit/common';
import { inference, loadState, modelCost, operationRules, stateOf } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { binaryDuoResnet18 } from '../src/binary-duo/binary-duo.js';
import { decoupledTensors } from '../src/binary-duo/decoupled-tensors.js';
import { imageClassifier } from '../src/classifier.js';
import { expectContract, randomImages } from './contract.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

const coupledNet = (width: number) => binaryDuoResnet18({ plan: 'binaryduo-coupled', width, seed: 2 });
const decoupledNet = (width: number) => binaryDuoResnet18({ plan: 'binaryduo', width, seed: 9 });

/** Normalisations and statistics of a network that has been trained for a while. */
function roughen(state: Map<string, TensorData<'F32'>>): void {
  const random = new Random(5);
  for (const [name, { data }] of state) {
    if (/\.(beta|mean)$/.test(name)) for (const i of data.keys()) data[i] = random.normal(0, 0.3);
    if (/\.(gamma|variance)$/.test(name)) for (const i of data.keys()) data[i] = random.uniform(0.5, 1.5);
  }
}

const shapesOf = (state: Map<string, TensorData>) => new Map([...state].map(([name, { shape }]) => [name, shape]));

describe('BinaryDuo', () => {
  test.each(['binaryduo-coupled', 'binaryduo', 'float'])(
    '%s: maps as announced, a gradient for every parameter',
    (plan) => {
      const model = binaryDuoResnet18({ plan, width: 0.125 });
      expectContract(model, 64, 64);
      model.dispose();
    },
  );

  test.each([0.1, 0.125])('right after decoupling the network computes what it did, at width %f', async (width) => {
    const [coupled, decoupled] = [coupledNet(width), decoupledNet(width)];
    const state = await stateOf(coupled);
    roughen(state);
    loadState(coupled, state);
    loadState(decoupled, decoupledTensors(state, shapesOf(await stateOf(decoupled))));
    tf.tidy(() => {
      const images = randomImages(48, 64);
      const [before, after] = [coupled, decoupled].map((net) => net.forward(images, inference));
      // The last output has no copies; of the others the copies stand a quarter to each side of what they were.
      const [y, z] = [before.stage4, after.stage4];
      expect(z.shape).toEqual(y.shape);
      const scale = tf.max(tf.abs(y)).dataSync()[0];
      expect(scale).toBeGreaterThan(0.1);
      expect(tf.max(tf.abs(tf.sub(y, z))).dataSync()[0] / scale).toBeLessThan(1e-5); // sums in another order
      const [first, second] = tf.split(after.stage2, 2, 3);
      expect(tf.max(tf.abs(tf.sub(tf.mean(tf.stack([first, second]), 0), before.stage2))).dataSync()[0]).toBeLessThan(
        1e-4,
      );
      expect(tf.max(tf.abs(tf.sub(tf.sub(second, first), 0.5))).dataSync()[0]).toBeLessThan(1e-4);
    });
    coupled.dispose();
    decoupled.dispose();
  });

  test('what is no coupled network is refused', async () => {
    const decoupled = decoupledNet(0.125);
    const state = await stateOf(decoupled);
    expect(() => decoupledTensors(state, shapesOf(state))).toThrow(/nothing to be decoupled.*binaryduo-coupled/);
    decoupled.dispose();
  });

  test('a style is refused, as the network has a form of its own', () => {
    expect(() => binaryDuoResnet18({ style: 'shortcut' })).toThrow(/takes no style/);
  });

  test('the decoupled network has the published weights and operations', () => {
    const model = imageClassifier({
      classes: 1000,
      plan: 'binaryduo',
      backbone: (builder) => binaryDuoResnet18({ builder }),
    });
    const { total } = modelCost(model, [1, 224, 224, 3]);
    // binarization-methods.md section 2.18: 12,026,952 binary weights, 163.73 M operations.
    expect(total.parameters.oneBit).toBe(12_026_952);
    expect((operationRules.bireal.measure(total) / 1e6).toFixed(2)).toBe('163.73');
    model.dispose();
  });
});
