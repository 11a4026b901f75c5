import '@tensorflow/tfjs-backend-cpu';
import { extraLosses, inference, modelCost } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageClassifier } from '../src/classifier.js';
import { gridMean } from '../src/grid-mean.js';
import { alexnet, nin, vggSmall } from '../src/plain.js';
import { expectContract, randomImages, stylePlans } from './contract.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe.each(Object.entries({ alexnet, nin, vggSmall }))('%s', (_, make) => {
  test.each(stylePlans)('%s: maps as announced at an odd size, a gradient for every parameter', (plan) => {
    const model = make({ plan, width: 1 / 16, seed: 3 });
    expectContract(model, 35, 33);
    model.dispose();
  });
});

describe('fully connected layers', () => {
  test.each(stylePlans)('%s: a gradient reaches every parameter of a classifier', (plan) => {
    const make = { classes: 3, seed: 2, plan };
    const model = imageClassifier({ ...make, backbone: (builder) => vggSmall({ builder, width: 1 / 16 }) });
    const hidden = model.namedParameters().filter(([name]) => /^(hidden|head)/.test(name));
    tf.tidy(() => {
      const x = randomImages(21, 18, 5); // normalised pairs are +-1 whatever the weights
      const variables = hidden.map(([, { variable }]) => variable);
      const { grads } = tf.variableGrads(() => {
        const context = { training: true, progress: 0.5 };
        const loss = tf.mean(tf.square(tf.sub(model.forward(x, context), 0.3)));
        return tf.addN([loss, ...Object.values(extraLosses(model, context))]) as tf.Scalar;
      }, variables);
      for (const [name, { variable }] of hidden) {
        expect([name, grads[variable.name].dataSync().some((value) => value !== 0)]).toEqual([name, true]);
      }
    });
    expect(model.groups().map(({ name }) => name)).toEqual(['stem', 'stage1', 'stage2', 'stage3', 'hidden', 'head']);
    model.dispose();
  });

  test('a grid of means is that of plain loops, at any size', () => {
    const cases = fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 6 }),
    );
    fc.assert(
      fc.property(cases, ([height, width, size]) => {
        tf.tidy(() => {
          const x = randomImages(height, width);
          const input = x.arraySync();
          const y = gridMean(x, size).arraySync();
          const range = (i: number, length: number) =>
            Array.from({ length }, (_, k) => k).filter(
              (k) => k >= Math.floor((i * length) / size) && k < ((i + 1) * length) / size,
            );
          y.forEach((map, n) => {
            map.forEach((row, i) => {
              row.forEach((cell, j) => {
                cell.forEach((value, c) => {
                  const values = range(i, height).flatMap((r) => range(j, width).map((k) => input[n][r][k][c]));
                  expect(value).toBeCloseTo(sum(values) / values.length, 5);
                });
              });
            });
          });
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('weights', () => {
  const counted = (classes: number, side: number, plan: string, make: typeof alexnet) => {
    const model = imageClassifier({ classes, plan, backbone: (builder) => make({ builder }) });
    const { total } = modelCost(model, [1, side, side, 3]);
    model.dispose();
    return total;
  };

  test('XNOR-Net AlexNet: 11x11, 5x5 and 3x3 convolutions and three fully connected layers', () => {
    const binary = [25 * 96 * 256, 9 * 256 * 384, 9 * 384 * 384, 9 * 384 * 256, 36 * 256 * 4096, 4096 * 4096];
    const norms = 2 * (96 + 96 + 256 + 384 + 384 + 256 + 4096);
    const { parameters } = counted(1000, 224, 'xnor', alexnet);
    expect(parameters).toEqual({ oneBit: sum(binary), float32: 121 * 3 * 96 + norms + 4096 * 1000 + 1000 });
  });

  // With biases in place of normalisations Caffe's model has 966,986.
  test('network in network for CIFAR-10: 966,986 parameters, a normalisation in place of each bias but the last', () => {
    const channels = 192 + 160 + 96 + 5 * 192;
    expect(counted(10, 32, 'float', nin).parameters.float32).toBe(966_986 + channels);
  });

  test('BNN for CIFAR-10: six convolutions, two fully connected layers of 1024', () => {
    const binary = [128 * 128, 128 * 256, 256 * 256, 256 * 512, 512 * 512].map((pairs) => 9 * pairs);
    const { parameters } = counted(10, 32, 'bnn', vggSmall);
    expect(parameters.oneBit).toBe(sum(binary) + 16 * 512 * 1024 + 1024 * 1024);
  });

  test('pools follow the convolution in every order', () => {
    for (const plan of ['xnor', 'bnn']) {
      const model = vggSmall({ plan, width: 1 / 16 });
      const order: string[] = [];
      tf.tidy(() => void model.forward(randomImages(8, 8), { ...inference, tap: (name) => void order.push(name) }));
      const steps = order.filter((name) => name.startsWith('stage1.0.')).map((name) => name.slice('stage1.0.'.length));
      expect(steps).toEqual(plan === 'xnor' ? ['bn', 'conv', 'pool'] : ['conv', 'pool', 'bn']);
      model.dispose();
    }
  });
});
