import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { BinaryConv2d } from '../layers/binary-conv2d.js';
import { methods } from '../methods/table.js';
import { inference } from '../module.js';
import { interactionEdges } from './channel-interactions.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

describe('channel interactions', () => {
  test.each([1, 2, 31, 33, 130])('%i channels: every student has another channel for a teacher', (channels) => {
    const { teachers, influence } = interactionEdges(channels);
    const students = [...influence.keys()].filter((i) => influence[i] !== 0);
    expect(students.length).toBe(channels === 1 ? 0 : Math.min(100, channels));
    for (const student of students) {
      expect(teachers[student]).not.toBe(student);
      expect(teachers[student]).toBeLessThan(channels);
    }
    expect(interactionEdges(channels)).toEqual({ teachers, influence });
  });

  test('bit counts move by the step of their teachers, and gradients do not see it', () => {
    tf.tidy(() => {
      const options = { inChannels: 33, outChannels: 6, kernelSize: 3 };
      const initial = { seed: 2, path: 'c' };
      const plain = new BinaryConv2d({ ...options, method: methods.bnn }, initial);
      const moved = new BinaryConv2d({ ...options, method: methods.cinet }, initial);
      const random = new Random(1);
      const x = tf.tensor4d(
        Float32Array.from({ length: 25 * 33 }, () => random.normal()),
        [1, 5, 5, 33],
      );
      const [counts, y] = [plain, moved].map((layer) => layer.forward(x, inference).arraySync());
      const { teachers, influence } = interactionEdges(6);
      const [threshold, step] = [200, 100].map((value) => (value * 9 * 33) / 1440);
      let acted = 0;
      for (const [r, row] of counts[0].entries())
        for (const [c, pixel] of row.entries())
          for (const [s, count] of pixel.entries()) {
            const teacher = pixel[teachers[s]];
            const side = teacher >= threshold ? 1 : teacher <= -threshold ? -1 : 0;
            acted += Math.abs(side);
            expect(y[0][r][c][s]).toBeCloseTo(count + side * influence[s] * step, 3);
          }
      expect(acted).toBeGreaterThan(0);
      const gradient = (layer: BinaryConv2d) =>
        tf
          .grad((t) => tf.sum(tf.mul(layer.forward(t as tf.Tensor4D, inference), 0.5)))(x)
          .dataSync();
      expect(gradient(moved)).toEqual(gradient(plain));
    });
  });
});
