import '@tensorflow/tfjs-backend-cpu';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkGradient, random } from '../../../ops/src/finite-differences.js';
import { BinaryConv2d } from '../layers/binary-conv2d.js';
import { methods } from '../methods/table.js';
import { turnedFilters } from './circulant.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

describe('circulant filters', () => {
  test.each([
    [3, 4, 1],
    [3, 12, 3],
    [1, 8, 5],
  ])('%i taps a side, %i inputs, %i filters: turned a quarter turn at a time', (side, inputs, filters) => {
    tf.tidy(() => {
      const w = random([side, side, inputs, filters], 1) as tf.Tensor4D;
      const [from, turned] = [w.arraySync(), turnedFilters(w).arraySync()];
      const last = side - 1;
      for (let r = 0; r < side; r++)
        for (let c = 0; c < side; c++)
          for (let i = 0; i < inputs; i++)
            for (let o = 0; o < filters; o++) {
              let [row, column] = [r, c];
              for (let j = 0; j < 4; j++) {
                const plane = i - (i % 4) + ((i - j + 4) % 4);
                expect(turned[r][c][i][4 * o + j]).toBe(from[row][column][plane][o]);
                [row, column] = [last - column, row]; // where a clockwise quarter turn takes this tap from
              }
            }
    });
  });

  test('the gradients of the copies are turned back and summed', () => {
    checkGradient((w) => turnedFilters(w as tf.Tensor4D), [random([3, 3, 8, 2], 2)]);
  });

  test('what has no four orientations is refused by name', () => {
    const make = (inChannels: number, outChannels: number, kernelSize: number) => () =>
      new BinaryConv2d({ inChannels, outChannels, kernelSize, method: methods.cbcn }, { seed: 0, path: 'stage1.conv' });
    expect(make(6, 8, 3)).toThrow(
      /stage1.conv: circulant filters need channels that are multiples of 4, got 6 in and 8 out/,
    );
    expect(make(8, 6, 3)).toThrow(/got 8 in and 6 out/);
    expect(make(4, 4, 5)).toThrow(/stage1.conv: circulant filters are 3x3 or 1x1, got 5x5/);
  });
});
