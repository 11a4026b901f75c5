import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { extraLosses, inference, modelCost } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { vgg16 } from '../src/vgg.js';
import { stylePlans } from './contract.js';

const tiny = { width: 1 / 32, seed: 5 };

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

function randomImage(height: number, width: number): tf.Tensor4D {
  const random = new Random(1);
  return tf.tensor4d(
    Float32Array.from({ length: 2 * height * width * 3 }, () => random.normal()),
    [2, height, width, 3],
  );
}

describe('vgg16', () => {
  test.each(stylePlans)('%s: maps have the shapes that featureInfo announces, at odd sizes too', (plan) => {
    const model = vgg16({ ...tiny, plan });
    tf.tidy(() => {
      const [height, width] = [21, 18];
      const maps = model.forward(randomImage(height, width), inference);
      expect(Object.keys(maps)).toEqual(model.featureInfo.map(({ name }) => name));
      for (const { name, channels, stride, nonNegative } of model.featureInfo) {
        expect(maps[name].shape).toEqual([2, Math.ceil(height / stride), Math.ceil(width / stride), channels]);
        if (nonNegative) expect(Math.min(...maps[name].dataSync())).toBeGreaterThanOrEqual(0);
      }
    });
    model.dispose();
  });

  test.each(stylePlans)('%s: gradients are finite and reach the weights', (plan) => {
    const model = vgg16({ ...tiny, plan });
    const parameters = model.namedParameters();
    tf.tidy(() => {
      const x = randomImage(49, 49);
      const { grads } = tf.variableGrads(
        () => {
          const context = { training: true, progress: 0.5 };
          const maps = Object.values(model.forward(x, context));
          const terms = maps.map((map) => tf.mean(tf.square(tf.sub(map, 0.3))));
          return tf.addN([...terms, ...Object.values(extraLosses(model, context))]) as tf.Scalar;
        },
        parameters.map(([, { variable }]) => variable),
      );
      const values = parameters.map(
        ([name, { variable }]) => [name, grads[variable.name].dataSync<'float32'>()] as const,
      );
      expect(values.filter(([, gradient]) => !gradient.every(Number.isFinite)).map(([name]) => name)).toEqual([]);
      // At 8 channels and maps of a few cells a ReLU may be dead or all inputs of a layer saturated; the paths are there for all.
      const weights = values.filter(([name]) => name.endsWith('.weight'));
      const reached = weights.filter(([, gradient]) => gradient.some((value) => value !== 0));
      expect(reached.length / weights.length).toBeGreaterThan(0.6);
    });
    model.dispose();
  });

  test('counts are those of the released BiDet trunk at 300 x 300 (bidet.md section 4.1)', () => {
    const model = vgg16({ plan: 'bidet' });
    const { total, modules } = modelCost(model, [1, 300, 300, 3]);
    model.dispose();
    const one = { stride2: [73_728, 294_912, 1_179_648, 2_359_296], shortcuts: [8_192, 32_768, 131_072, 262_144] };
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    const weights = [36_864, ...one.stride2, 2 * 147_456, 3 * 589_824, 3 * 2_359_296, 3 * 2_359_296, 4_718_592];
    expect(total.parameters.oneBit).toBe(sum(weights));
    const float = modules.filter(({ precision }) => precision === 'float32');
    const biases = 1024;
    expect(sum(float.map(({ parameters }) => parameters.float32))).toBe(
      1_728 + sum(one.shortcuts) + 1_048_576 + biases,
    );
    // The table gives millions of multiply-accumulates with one digit behind the point.
    const binary = [3317.8, 1658.9, 2 * 3317.8, 1658.9, 3 * 3317.8, 1703.4, 3 * 3406.8, 851.7, 3 * 851.7, 1703.4];
    expect(total.macs.binary / 1e6).toBeCloseTo(sum(binary), -0.5);
    expect(total.macs.float / 1e6).toBeCloseTo(155.5 + 184.3 + 184.3 + 189.3 + 94.6 + 378.5, -0.5);
  });

  test('the plan decides layer by layer; stem, shortcuts and fc7 stay float by default', () => {
    const model = vgg16({ ...tiny, plan: 'bidet' });
    const kept = modelCost(model, [1, 64, 64, 3]).modules.filter(({ precision }) => precision === 'float32');
    expect(kept.map(({ name }) => name)).toEqual([
      'stem.conv',
      ...[2, 3, 4, 5].map((stage) => `stage${stage}.0.downsample.conv`),
      'fc7.conv',
    ]);
    model.dispose();
    expect(() => vgg16({ width: -1 })).toThrow(/vgg16: width must be a positive number, got -1/);
  });
});
