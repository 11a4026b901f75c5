import { registerGradients, tf } from '@onebit/ops';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkGradient, random } from '../../ops/src/finite-differences.js';
import {
  apprenticeTerms,
  attentionMatching,
  distillationLoss,
  distributionLoss,
  featureHint,
  softCrossEntropy,
  softmaxEntropy,
} from '../src/index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

const value = (loss: tf.Tensor) => loss.dataSync()[0];
const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 5 }),
  classes: fc.integer({ min: 1, max: 6 }),
  temperature: fc.constantFrom(0.5, 1, 3),
  seed: fc.integer({ min: 0, max: 1000 }),
});

describe('losses of logits', () => {
  test('soft cross entropy less the divergence is the entropy of the teacher', () => {
    fc.assert(
      fc.property(shapes, ({ rows, classes, seed }) => {
        const [student, teacher] = [random([rows, classes], seed), random([rows, classes], seed + 1)];
        const difference = value(softCrossEntropy(student, teacher)) - value(distillationLoss(student, teacher));
        expect(difference).toBeCloseTo(value(softmaxEntropy(teacher)), 5);
      }),
    );
  });

  test('divergence of any shape, temperature and mask equals plain loops', () => {
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.boolean()), ({ rows, classes, temperature, seed }, kept) => {
        const [student, teacher] = [random([1, rows, classes], seed), random([1, rows, classes], seed + 1)];
        const mask = Array.from({ length: rows }, () => Number(kept.next().value));
        const got = distillationLoss(student, teacher, { temperature, mask: tf.tensor2d([mask]) });
        const [s, t] = [student, teacher].map((x) => tf.reshape(x, [rows, classes]).arraySync() as number[][]);
        expect(value(got)).toBeCloseTo(plainDivergence(s, t, temperature, mask), 4);
      }),
    );
  });

  test('gradients are those of the values', () => {
    const [student, teacher] = [random([3, 4], 1), random([3, 4], 2)];
    const labels = tf.tensor1d([1, 0, 3], 'int32');
    checkGradient((s, t) => softCrossEntropy(s, t), [student, teacher]);
    checkGradient(
      (s, t) => distillationLoss(s, t, { temperature: 2, mask: tf.tensor1d([1, 0, 1]) }),
      [student, teacher],
    );
    checkGradient(
      (s, t) => {
        const terms = apprenticeTerms(
          { student: s as tf.Tensor2D, teacher: t as tf.Tensor2D, labels },
          { softTeacher: true },
        );
        return tf.addN(Object.values(terms));
      },
      [student, teacher],
    );
  });

  test('the soft term of Apprentice leaves the teacher alone, unless asked for', () => {
    const labels = tf.tensor1d([1, 0], 'int32');
    const [student, teacher] = [random([2, 3], 1), random([2, 3], 2)] as tf.Tensor2D[];
    const toTeacher = (softTeacher: boolean) =>
      tf.grad((t) => apprenticeTerms({ student, teacher: t as tf.Tensor2D, labels }, { softTeacher }).soft)(teacher);
    expect(value(tf.max(tf.abs(toTeacher(false))))).toBe(0);
    expect(value(tf.max(tf.abs(toTeacher(true))))).toBeGreaterThan(0.01);
  });

  test('refuses shapes that do not fit', () => {
    expect(() => softCrossEntropy(tf.zeros([2, 3]), tf.zeros([2, 4]))).toThrow(/teacher's \[2, 4\]/);
    expect(() => distillationLoss(tf.zeros([2, 3]), tf.zeros([2, 3]), { mask: tf.zeros([3]) })).toThrow(/mask/);
  });
});

describe('losses of features', () => {
  const map = (seed: number, channels = 3) => random([2, 3, 2, channels], seed) as tf.Tensor4D;

  test('gradients are those of the values', () => {
    for (const form of ['norm', 'square', 'max'] as const) {
      const f = (a: tf.Tensor, b: tf.Tensor) => {
        return attentionMatching([a, b] as tf.Tensor4D[], [map(3, 5), map(4, 1)], form);
      };
      checkGradient(f, [map(1), map(2)], { step: 2 ** -9 });
    }
    checkGradient((a) => distributionLoss([a]), [tf.add(tf.mul(map(1), 0.3), tf.tensor1d([0.4, 1.5, -0.2]))]);
    checkGradient((a, b) => featureHint(a, b), [map(1), map(2)]);
  });

  test.each(['norm', 'square', 'max'] as const)('%s: 0 with gradient 0 for equal maps and for empty ones', (form) => {
    for (const same of [map(1), tf.zerosLike(map(1))]) {
      const loss = (x: tf.Tensor) => attentionMatching([x as tf.Tensor4D], [same], form);
      expect(value(loss(same))).toBeLessThan(1e-10);
      expect(Array.from(tf.grad(loss)(same).dataSync()).every((g) => Math.abs(g) < 1e-6)).toBe(true);
    }
  });

  test('a normalisation of gamma 1 starts with a penalty of 1, gamma from 2 to 4 with none', () => {
    const standardized = tf.tensor2d([-1, 1, -1, 1], [4, 1]);
    for (const [gamma, penalty] of [
      [1, 1],
      [2, 0],
      [4, 0],
      [5, 1],
    ]) {
      expect(value(distributionLoss([tf.mul(standardized, gamma)]))).toBeCloseTo(penalty, 5);
    }
  });

  test('a constant channel has a finite gradient', () => {
    const gradient = tf.grad((x) => distributionLoss([x]))(tf.fill([4, 2], 0.5));
    expect(Array.from(gradient.dataSync()).every(Number.isFinite)).toBe(true);
  });

  test('refuses maps that do not fit', () => {
    expect(() => attentionMatching([map(1)], [])).toThrow(/as many maps/);
    expect(() => attentionMatching([map(1)], [tf.zeros([2, 4, 2, 3])])).toThrow(/\[2, 4, 2, any\]/);
    expect(() => attentionMatching([map(1)], [map(2)], 'cosine' as 'norm')).toThrow(/norm/);
    expect(() => featureHint(map(1), map(1, 4))).toThrow(/\[2, 3, 2, 4\]/);
  });
});

function plainDivergence(student: number[][], teacher: number[][], temperature: number, mask: number[]): number {
  const softmax = (row: number[]) => {
    const powers = row.map((x) => Math.exp(x / temperature));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((p) => p / sum);
  };
  let sum = 0;
  mask.forEach((kept, row) => {
    if (kept === 0) return;
    const [s, t] = [softmax(student[row]), softmax(teacher[row])];
    t.forEach((p, c) => {
      sum += p * Math.log(p / s[c]);
    });
  });
  const count = mask.filter((kept) => kept === 1).length;
  return (temperature ** 2 * sum) / Math.max(1, count);
}
