import '@tensorflow/tfjs-backend-cpu';
import { registerGradients, tf } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { fitChannels, fittedShortcut, overlappingMean } from './shortcut.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

const seeded = (shape: [number, number, number, number], seed: number) =>
  tf.randomNormal<tf.Rank.R4>(shape, 0, 1, 'float32', seed);
const size = fc.integer({ min: 1, max: 7 });

describe('shortcuts without weights', () => {
  test('channels by plain loops: repeated, padded, or means of consecutive ones', () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70 }), fc.nat());
    fc.assert(
      fc.property(cases, ([present, wanted, seed]) => {
        const x = seeded([1, 1, 2, present], seed);
        const values = x.dataSync();
        for (const extend of ['repeat', 'pad'] as const) {
          const fitted = fitChannels(x, wanted, extend);
          expect(fitted.shape).toEqual([1, 1, 2, wanted]);
          const group = Math.max(1, Math.floor(present / wanted));
          fitted.dataSync().forEach((value, i) => {
            const [pixel, c] = [Math.floor(i / wanted), i % wanted];
            let expected = 0;
            for (let k = 0; k < group; k++) {
              const source = present > wanted ? c * group + k : extend === 'repeat' || c < present ? c % present : -1;
              expected += source === -1 ? 0 : values[pixel * present + source] / group;
            }
            expect(value).toBeCloseTo(expected, 5);
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  test('overlapping means by plain loops: 3 x 3 cells at stride 2, always a ninth of the sum', () => {
    fc.assert(
      fc.property(size, size, fc.nat(), (height, width, seed) => {
        const x = seeded([1, height, width, 2], seed);
        const values = x.dataSync();
        const y = overlappingMean(x);
        const [, rows, columns] = y.shape;
        expect([rows, columns]).toEqual([Math.ceil(height / 2), Math.ceil(width / 2)]);
        const start = (length: number) => (length % 2 === 0 ? 0 : -1);
        y.dataSync().forEach((value, i) => {
          const [c, column, row] = [i % 2, Math.floor(i / 2) % columns, Math.floor(i / 2 / columns)];
          let sum = 0;
          for (let dy = 0; dy < 3; dy++) {
            for (let dx = 0; dx < 3; dx++) {
              const [r, q] = [2 * row + start(height) + dy, 2 * column + start(width) + dx];
              if (r >= 0 && r < height && q >= 0 && q < width) sum += values[(r * width + q) * 2 + c];
            }
          }
          expect(value).toBeCloseTo(sum / 9, 5);
        });
      }),
      { numRuns: 40 },
    );
  });

  test('shapes of every fit, odd sizes included', () => {
    fc.assert(
      fc.property(
        size,
        size,
        fc.constantFrom(1, 2),
        fc.constantFrom<'fit' | 'overlap'>('fit', 'overlap'),
        (h, w, stride, window) => {
          const shape = [2, Math.ceil(h / stride), Math.ceil(w / stride), 5];
          const x = tf.ones<tf.Rank.R4>([2, h, w, 3]);
          expect(fittedShortcut(x, { shape, extend: 'repeat', window }).shape).toEqual(shape);
        },
      ),
    );
  });
});
