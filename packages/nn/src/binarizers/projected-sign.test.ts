import '@tensorflow/tfjs-backend-cpu';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkGradient, random } from '../../../ops/src/finite-differences.js';
import { BinaryConv2d } from '../layers/binary-conv2d.js';
import { withOptions } from '../methods/options.js';
import { methods } from '../methods/table.js';
import { inference } from '../module.js';
import { weightValue } from './operand.js';
import { projectedSigns, projectionLoss } from './projected-sign.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

describe('projected kernels', () => {
  test.each([
    [1, 33, 3],
    [2, 5, 7],
    [4, 3, 1],
  ])('%i projections, %i inputs, %i kernels: levels and signs one by one', (count, inputs, kernels) => {
    tf.tidy(() => {
      const c = random([3, 3, inputs, kernels], 1) as tf.Tensor4D;
      const matrices = random([count, 3, 3], 2) as tf.Tensor3D;
      const [values, rows] = [c.dataSync<'float32'>(), matrices.dataSync<'float32'>()];
      const level = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
      const found = weightValue(projectedSigns(c, matrices)).dataSync();
      for (let j = 0; j < count; j++) {
        const mean = rows.slice(9 * j, 9 * j + 9).reduce((sum, value) => sum + value, 0) / 9;
        for (const [i, value] of values.entries()) {
          const at = Math.floor(i / kernels) * kernels * count + j * kernels + (i % kernels);
          expect(found[at]).toBeCloseTo(value * mean >= 0 ? level : -level, 5);
        }
      }
    });
  });

  test('the projection loss has the gradient of its numbers', () => {
    const quantized = random([2, 3, 3, 2, 3], 3);
    checkGradient(
      (c, w) => projectionLoss(c, w as tf.Tensor3D, quantized),
      [random([3, 3, 2, 3], 1), random([2, 3, 3], 2)],
    );
    quantized.dispose();
  });

  test('a layer of several projections trains fewer kernels, and needs outputs that they divide', () => {
    const method = withOptions(methods.pcnn, { projections: 4 });
    const make = (outChannels: number) =>
      new BinaryConv2d({ inChannels: 3, outChannels, kernelSize: 3, method }, { seed: 0, path: 'stage1.conv' });
    const layer = make(8);
    expect(layer.weight.shape).toEqual([3, 3, 3, 2]);
    expect(tf.tidy(() => layer.forward(tf.ones([1, 4, 4, 3]), inference).shape)).toEqual([1, 4, 4, 8]);
    expect(() => make(6)).toThrow(/stage1.conv: 4 projections need a multiple of 4 output channels, got 6/);
  });
});
