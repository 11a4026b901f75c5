import { conv2d, registerGradients, tf } from '@onebit/ops';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkGradient, random } from '../../ops/src/finite-differences.js';
import {
  amplitudeLoss,
  angularLoss,
  bestAmplitude,
  boxMask,
  entropyDistillation,
  imitationLoss,
  imitationMask,
  informationDiscrepancy,
  mostDiscrepant,
  searchedWeights,
} from '../src/index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

const map = (shape: [number, number, number], seed: number) => random(shape, seed) as tf.Tensor3D;
const value = (loss: tf.Tensor) => loss.dataSync()[0];

describe('fine-grained imitation', () => {
  test('only the cells around an object count', () => {
    const anchors = Float32Array.from({ length: 16 }, (_, i) => [0, 0, 10, 10][i % 4] + 10 * Math.floor(i / 4));
    const mask = imitationMask({ cells: 4, anchors }, Float32Array.of(11, 10, 20, 20), 0.5);
    expect([...mask]).toEqual([0, 1, 0, 0]);
    expect([...imitationMask({ cells: 4, anchors }, new Float32Array(0), 0.5)]).toEqual([0, 0, 0, 0]);
    expect(() => imitationMask({ cells: 3, anchors }, anchors, 0.5)).toThrow(/multiple of 3 cells/);
  });

  test('0 without cells; gradients are those of the value', () => {
    const [student, teacher] = [map([2, 3, 2], 1), map([2, 3, 2], 2)];
    expect(value(imitationLoss(student, teacher, tf.zeros([2, 3])))).toBe(0);
    checkGradient(
      (s, t) =>
        imitationLoss(
          s,
          t,
          tf.tensor2d([
            [1, 0, 1],
            [0, 0, 1],
          ]),
        ),
      [student, teacher],
    );
  });
});

describe('information discrepancy', () => {
  test('boxes become rectangles, whatever their number', () => {
    const boxes = fc.array(fc.tuple(fc.nat(4), fc.nat(3), fc.nat(2), fc.nat(2)), { maxLength: 4 });
    fc.assert(
      fc.property(boxes, (corners) => {
        const cells = corners.map(([x, y, w, h]) => [x, y, Math.min(x + w, 5), Math.min(y + h, 4)] as const);
        const mask = boxMask(cells, 4, 5).arraySync();
        mask.forEach((row, y) => {
          row.forEach((inside, x) => {
            const covered = cells.some(([x1, y1, x2, y2]) => x >= x1 && x < x2 && y >= y1 && y < y2);
            expect(inside).toBe(Number(covered));
          });
        });
      }),
    );
  });

  test('equal maps do not differ; the box where they do comes first', () => {
    const teacher = map([4, 5, 3], 1);
    const student = tf.add(
      teacher,
      tf.pad(tf.fill([1, 1, 3], 2), [
        [0, 3],
        [0, 4],
        [0, 0],
      ]),
    ) as tf.Tensor3D;
    const boxes = [
      [2, 2, 5, 4],
      [0, 0, 2, 2],
      [1, 1, 3, 3],
    ] as const;
    const scores = informationDiscrepancy(teacher, student, boxes).dataSync();
    expect(scores[0]).toBe(0);
    expect(mostDiscrepant(scores, 1)).toEqual([1]);
    expect(mostDiscrepant([3, 1, 3, 2], 3)).toEqual([0, 2, 3]);
    expect(informationDiscrepancy(teacher, student, []).shape).toEqual([0]);
    expect(() => informationDiscrepancy(teacher, student, [[0, 0, 6, 1]])).toThrow(/inside 5 x 4/);
  });

  test('gradients are those of the value', () => {
    const mask = tf.tensor2d([
      [1, 0],
      [1, 1],
    ]);
    const f = (s: tf.Tensor, sigma: tf.Tensor) => {
      return entropyDistillation(s as tf.Tensor3D, map([2, 2, 2], 2), mask, sigma as tf.Scalar);
    };
    checkGradient(f, [map([2, 2, 2], 1), tf.scalar(1.25)]);
  });
});

describe('layer-wise search', () => {
  test('the best amplitude is where the loss is flat and least', () => {
    const [real, binary] = [random([1, 3, 3, 2], 1), random([1, 3, 3, 2], 2)] as tf.Tensor4D[];
    const best = bestAmplitude(real, binary);
    const slope = tf.grad((scale) => amplitudeLoss(real, binary, scale as tf.Tensor1D))(best);
    expect(Math.max(...slope.dataSync().map(Math.abs))).toBeLessThan(1e-4);
    const least = value(amplitudeLoss(real, binary, best));
    expect(value(amplitudeLoss(real, binary, tf.add(best, 0.1)))).toBeGreaterThan(least);
    expect([...bestAmplitude(real, tf.zerosLike(binary)).dataSync()]).toEqual([0, 0]);
  });

  test('gradients reach the logits', () => {
    const input = random([1, 3, 3, 2], 1) as tf.Tensor4D;
    const real = { input, weight: random([2, 2, 2, 2], 2), output: random([1, 2, 2, 2], 3) as tf.Tensor4D };
    const f = (logits: tf.Tensor) => {
      const { relaxed } = searchedWeights(logits);
      const output = conv2d(input, relaxed as tf.Tensor4D, { padding: 'valid' });
      return angularLoss(real, { input, weight: relaxed, output });
    };
    checkGradient(f, [random([2, 2, 2, 2, 2], 4)]);
  });
});
