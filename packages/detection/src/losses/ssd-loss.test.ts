import { Random } from '@onebit/common';
import { registerGradients, runReadingSync, tf } from '@onebit/ops';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { softmaxRows } from '../detect.js';
import { type BottleneckOptions, bottleneckPresets, bottleneckWeights } from './bottleneck.js';
import { featureTerm } from './feature-term.js';
import { objectPrior, selectPriorGroups } from './object-prior.js';
import { type SsdLossOptions, type SsdOutputs, ssdLoss } from './ssd-loss.js';
import type { DetectionTargets } from './targets.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

const lossNow = (...args: Parameters<typeof ssdLoss>) => runReadingSync(ssdLoss(...args));
const groupsNow = (...args: Parameters<typeof selectPriorGroups>) => runReadingSync(selectPriorGroups(...args));

/** Nine priors in a grid of overlapping boxes. */
const priors = Float32Array.from(
  [0.25, 0.5, 0.75].flatMap((cy) => [0.25, 0.5, 0.75].flatMap((cx) => [cx, cy, 0.45, 0.45])),
);
const count = priors.length / 4;
const columns = 3;
const none: DetectionTargets = { boxes: new Float32Array(0), labels: new Int32Array(0) };
const one: DetectionTargets = { boxes: Float32Array.of(0.05, 0.05, 0.5, 0.45), labels: Int32Array.of(1) };
const two: DetectionTargets = {
  boxes: Float32Array.of(0.3, 0.3, 0.7, 0.75, 0.5, 0.5, 1, 1),
  labels: Int32Array.of(0, 1),
};
const active: BottleneckOptions = {
  ...bottleneckPresets.official,
  startStep: 0,
  scoreThreshold: 0.05,
  sampleScale: 0.5,
};

function inputs(batch: number, locColumns = 8): { loc: tf.Tensor3D; logits: tf.Tensor3D; map: tf.Tensor4D } {
  const random = new Random(5);
  const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
  return {
    loc: tf.tensor3d(normal(batch * count * locColumns), [batch, count, locColumns]),
    logits: tf.tensor3d(normal(batch * count * columns), [batch, count, columns]),
    map: tf.tensor4d(normal(batch * 8), [batch, 2, 2, 2]),
  };
}

type Inputs = ReturnType<typeof inputs>;
const outputsOf = ({ loc, logits, map }: Inputs): SsdOutputs => ({ loc, logits, features: [map] });

/** Central differences against the tape for one input; float32 leaves about 1e-3 of the values' size. */
function checkGradient(f: (x: tf.Tensor) => tf.Scalar, x: tf.Tensor): void {
  const analytic = tf.tidy(() => tf.grad(f)(x).dataSync());
  const values = x.dataSync();
  const step = 1e-2;
  for (let i = 0; i < values.length; i++) {
    const at = (delta: number) =>
      tf.tidy(
        () =>
          f(
            tf.tensor(
              Float32Array.from(values, (v, k) => (k === i ? v + delta : v)),
              x.shape,
            ),
          ).dataSync()[0],
      );
    const numeric = (at(step) - at(-step)) / (2 * step);
    expect(Math.abs(analytic[i] - numeric), `element ${i}: ${analytic[i]} against ${numeric}`).toBeLessThan(3e-3);
  }
}

describe('gradients equal finite differences', () => {
  const noise = Float32Array.from({ length: 2 * count * 4 }, (_, i) => Math.sin(i));
  // Without the object prior: its sum T is a constant to the gradient and not to differences; it is tested by itself.
  const options: SsdLossOptions = { bottleneck: { ...active, gamma: 0 }, noise };
  const total = (all: Inputs) => lossNow(outputsOf(all), [one, two], priors, options).total;

  test('of sampled boxes and their log-variances', () => {
    const all = inputs(2);
    checkGradient((loc) => total({ ...all, loc: loc as tf.Tensor3D }), all.loc);
  });

  test('of class logits', () => {
    const all = inputs(2);
    checkGradient((logits) => total({ ...all, logits: logits as tf.Tensor3D }), all.logits);
  });

  test('of the feature term', () => {
    checkGradient((map) => featureTerm([map, tf.ones([1, 1, 1, 3])]), inputs(2).map);
  });

  test('of the object prior, with T constant', () => {
    const logits = tf.reshape(inputs(2).logits, [2 * count, columns]);
    const present = [
      new Map([[1, 1]]),
      new Map([
        [0, 1],
        [1, 1],
      ]),
    ];
    const groups = groupsNow(
      {
        probabilities: softmaxRows(logits.dataSync() as Float32Array, columns),
        columns,
        offsetsOf: (rows) => new Float32Array(rows.length * 4),
        priors,
        present,
      },
      active,
    );
    expect(groups.length).toBeGreaterThan(1);
    checkGradient((x) => objectPrior(x as tf.Tensor2D, groups), logits);
  });
});

describe('the object prior', () => {
  const flat = (...rows: number[][]) => Float32Array.from(rows.flat());

  test('skips classes with no more boxes than truths', () => {
    const logits = flat(...Array.from({ length: count }, (_, p) => (p === 0 || p === 8 ? [0, 4, 0] : [9, 0, 0])));
    const offsetsOf = (rows: Int32Array) => new Float32Array(rows.length * 4);
    const groups = (truths: number) =>
      groupsNow(
        { probabilities: softmaxRows(logits, 3), columns, offsetsOf, priors, present: [new Map([[0, truths]])] },
        active,
      );
    expect(groups(1)).toEqual([
      { image: 0, label: 0, truths: 1, rows: Int32Array.of(0, 8), total: expect.any(Number) },
    ]);
    expect(groups(2)).toEqual([]);
  });

  test('is the entropy of the surviving scores divided by the truths', () => {
    const logits = tf.tensor2d([0, 2, 0, 0, 1, 0], [2, 3]);
    const [a, b] = tf.softmax(logits).arraySync() as number[][];
    const groups = [{ image: 0, label: 0, truths: 1, rows: Int32Array.of(0, 1), total: a[1] + b[1] }];
    const q = a[1] / (a[1] + b[1]);
    const entropy = -(q * Math.log(q) + (1 - q) * Math.log(1 - q));
    // 1e-6 from the released code's constant in the count.
    expect(objectPrior(logits, groups).dataSync()[0]).toBeCloseTo(entropy, 5);
  });

  test('of nothing is 0', () => {
    expect(objectPrior(tf.zeros([2, 3]), []).dataSync()[0]).toBe(0);
  });
});

describe('terms and weights', () => {
  const random = () => new Random(1);
  const run = (targets: DetectionTargets[], options: SsdLossOptions, locColumns = 8) =>
    lossNow(outputsOf(inputs(targets.length, locColumns)), targets, priors, options);
  const value = (term: tf.Scalar) => term.dataSync()[0];

  test('bottleneck terms start at their step and are weighted', () => {
    const bottleneck = { ...active, startStep: 10 };
    const before = run([one, two], { bottleneck, noise: random(), step: 9 });
    expect([value(before.terms.reg), value(before.terms.prior), before.weights.reg]).toEqual([0, 0, 0]);
    const after = run([one, two], { bottleneck, noise: random(), step: 10 });
    expect(after.weights).toEqual({ loc: 1, conf: 1, reg: 0.1, prior: 0.2 });
    expect(after.counts.priorGroups).toBeGreaterThan(0);
    for (const name of ['loc', 'conf', 'reg', 'prior'] as const) {
      expect(value(after.terms[name])).toBeCloseTo(value(after.unweighted[name]) * after.weights[name], 6);
      expect(value(after.terms[name])).toBeGreaterThan(0);
    }
    const sum = Object.values(after.terms).reduce((total, term) => total + value(term), 0);
    expect(value(after.total)).toBeCloseTo(sum, 5);
  });

  test('the official preset is what the released script sets', () => {
    expect(bottleneckWeights(bottleneckPresets.official, 29_999)).toEqual({ beta: 0, gamma: 0 });
    expect(bottleneckWeights(bottleneckPresets.official, 30_000)).toEqual({ beta: 0.1, gamma: 0.2 });
  });

  test('without truths every term but the features is 0 and all gradients are finite', () => {
    const all = inputs(2);
    const result = lossNow(outputsOf(all), [none, none], priors, { bottleneck: active, noise: random() });
    expect([result.terms.loc, result.terms.conf, result.terms.prior].map(value)).toEqual([0, 0, 0]);
    expect(result.counts).toEqual({ positives: 0, negatives: 0, priorGroups: 0 });
    for (const key of ['loc', 'logits'] as const) {
      const f = (x: tf.Tensor) => lossNow(outputsOf({ ...all, [key]: x }), [none, none], priors).total;
      expect([...tf.grad(f)(all[key]).dataSync()].every((x) => x === 0)).toBe(true);
    }
  });

  test('one prior and one huge box give finite terms', () => {
    const single = priors.slice(0, 4);
    const huge = { boxes: Float32Array.of(-100, -100, 100, 100), labels: Int32Array.of(0) };
    const outputs = { loc: tf.zeros<tf.Rank.R3>([1, 1, 4]), logits: tf.zeros<tf.Rank.R3>([1, 1, 3]), features: [] };
    const { total, counts } = lossNow(outputs, [huge], single);
    expect(Number.isFinite(value(total))).toBe(true);
    expect(counts).toEqual({ positives: 1, negatives: 0, priorGroups: 0 });
  });

  test('plain SSD takes 4 location columns and no noise', () => {
    const { terms, counts } = run([one, none], {}, 4);
    expect(value(terms.loc)).toBeGreaterThan(0);
    expect(counts.negatives).toBe(Math.min(3 * counts.positives, count - counts.positives));
  });

  test('the log-variances get no gradient when nothing is sampled', () => {
    const all = inputs(1);
    const f = (loc: tf.Tensor) => lossNow(outputsOf({ ...all, loc: loc as tf.Tensor3D }), [one], priors).total;
    const gradient = tf.grad(f)(all.loc).dataSync();
    expect(gradient.filter((_, i) => i % 8 < 4).every((x) => x === 0)).toBe(true);
    expect(gradient.some((x) => x !== 0)).toBe(true);
  });
});

describe('wrong input is refused', () => {
  const { loc, logits } = { loc: [1, count, 8], logits: [1, count, 3] } as Record<
    'loc' | 'logits',
    [number, number, number]
  >;
  const call =
    (locShape: number[], logitsShape: number[], targets: DetectionTargets[], options: SsdLossOptions = {}) =>
    () =>
      lossNow(
        { loc: tf.zeros(locShape as typeof loc), logits: tf.zeros(logitsShape as typeof logits), features: [] },
        targets,
        priors,
        options,
      );
  test.each([
    [call(loc, [1, 5, 3], [one]), /logits must be \[B, 9, classes \+ 1\] as there are 9 priors, got \[1, 5, 3\]/],
    [call([1, count, 5], logits, [one]), /loc must be \[1, 9, 4 or 8\]/],
    [call(loc, logits, []), /targets for each of 1 images, got 0/],
    [call(loc, [1, count, 2], [one]), /labels must be 0 to 0, got 1/],
    [call(loc, logits, [one], { bottleneck: active }), /needs noise/],
  ])('%#', (run, message) => expect(run).toThrow(message));
});
