import '@tensorflow/tfjs-backend-cpu';
import { modelCost, type PrecisionPlan } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { blurredMax } from '../src/blurred-max.js';
import { imageClassifier } from '../src/classifier.js';
import { quicknet, quicknetLarge, quicknetSmall } from '../src/quicknet.js';
import { expectContract, randomImages, stylePlans } from './contract.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

describe('quicknet', () => {
  test.each(stylePlans)('%s: maps as announced at an odd size, a gradient for every parameter', (plan) => {
    const model = quicknet({ plan, width: 1 / 8, seed: 3 });
    expectContract(model, 35, 33);
    expect(model.featureInfo.map(({ stride }) => stride)).toEqual([4, 8, 16, 32]);
    model.dispose();
  });

  test('runs under the plan of its authors', () => {
    const plan: PrecisionPlan = [{ match: 'stage*.**', precision: { method: 'bnn', padValue: 1, clip: 1.25 } }];
    const model = quicknet({ plan, width: 1 / 8, seed: 3 });
    expectContract(model, 35, 33);
    model.dispose();
  });

  test('a transition takes the largest of 2x2 cells and blurs them', () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }));
    fc.assert(
      fc.property(cases, ([height, width]) => {
        tf.tidy(() => {
          const x = tf.relu(randomImages(height, width));
          const map = x.arraySync();
          const y = blurredMax(x).arraySync();
          expect([y[0].length, y[0][0].length]).toEqual([Math.ceil(height / 2), Math.ceil(width / 2)]);
          const cell = (n: number, r: number, c: number, k: number) => map[n][r]?.[c]?.[k] ?? 0;
          const largest = (n: number, r: number, c: number, k: number) =>
            r < 0 || c < 0 || r >= height || c >= width
              ? 0
              : Math.max(...[0, 1].flatMap((i) => [0, 1].map((j) => cell(n, r + i, c + j, k))));
          const weights = [1, 2, 1];
          for (const [n, image] of y.entries())
            for (const [r, row] of image.entries())
              for (const [c, channels] of row.entries())
                for (const [k, value] of channels.entries()) {
                  let expected = 0;
                  for (const i of [-1, 0, 1])
                    for (const j of [-1, 0, 1])
                      expected += (weights[i + 1] * weights[j + 1] * largest(n, 2 * r + i, 2 * c + j, k)) / 16;
                  expect(value).toBeCloseTo(expected, 5);
                }
        });
      }),
      { numRuns: 30 },
    );
  });

  // Parameters as Larq Zoo counts them: what batch normalisation trains, and the blurs' constants, which are none here.
  test.each([
    [quicknet, 13_234_088, 64 + 128 + 256, 4.17],
    [quicknetSmall, 12_655_688, 32 + 64 + 256, undefined],
    [quicknetLarge, 23_342_248, 64 + 128 + 256, undefined],
  ] as const)('%o with 1000 classes has %i parameters', (make, count, blurred, mebibytes) => {
    const model = imageClassifier({ classes: 1000, plan: 'bnn', backbone: (builder) => make({ builder }) });
    const { parameters, bytes } = modelCost(model, [1, 64, 64, 3]).total;
    expect(parameters.oneBit + parameters.float32 + 9 * blurred).toBe(count);
    if (mebibytes !== undefined) expect((bytes.packed + 4 * 9 * blurred) / 2 ** 20).toBeCloseTo(mebibytes, 2);
    model.dispose();
  });
});
