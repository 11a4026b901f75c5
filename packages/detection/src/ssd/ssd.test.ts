import { resnet18 } from '@onebit/backbones';
import { inference, modelCost, type PrecisionPlan } from '@onebit/nn';
import { registerGradients, runReadingSync, tf } from '@onebit/ops';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { softmaxRows } from '../detect.js';
import { ssdLoss } from '../losses/ssd-loss.js';
import { detect } from './predict.js';
import { type SsdOptions, ssd } from './ssd.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

const small = (more: Partial<SsdOptions> = {}) =>
  ssd({
    backbone: (builder) => resnet18({ builder, width: 0.125 }),
    classes: ['a', 'b'],
    imageSize: 64,
    ...more,
  });
const images = (batch: number, size = 64) => tf.randomNormal<tf.Rank.R4>([batch, size, size, 3], 0, 1, 'float32', 3);

describe('geometry', () => {
  test.each([32, 64, 97, 128, 160, 300])('at %i pixels the heads give a row for every prior', (imageSize) => {
    const model = small({ imageSize, plan: 'bidet' });
    const shapes = tf.tidy(() => {
      const { loc, logits, features } = model.forward(tf.zeros([1, imageSize, imageSize, 3]), {
        ...inference,
        shapesOnly: true,
      });
      return { loc: loc.shape, logits: logits.shape, last: features[features.length - 1].shape };
    });
    const count = model.priors.length / 4;
    expect(shapes.loc).toEqual([1, count, 4]);
    expect(shapes.logits).toEqual([1, count, 3]);
    expect(shapes.last.slice(1, 3)).toEqual([1, 1]);
    model.dispose();
  });

  test('at 300 pixels the maps and priors are SSD300’s', () => {
    const model = small({ imageSize: 300 });
    expect(model.priorSpec.maps.map(({ size, step }) => [size, step])).toEqual([
      [38, 8],
      [19, 16],
      [10, 32],
      [5, 64],
      [3, 100],
      [1, 300],
    ]);
    expect(model.priors.length / 4).toBe(8732);
    model.dispose();
  });

  test('images of another size are refused', () => {
    const model = small();
    expect(() => model.forward(tf.zeros([1, 32, 64, 3]), inference)).toThrow(/images must be \[B, 64, 64, C\]/);
    model.dispose();
  });

  test('priors that do not fit the network are refused', () => {
    const spec = { imageSize: 64, maps: [{ size: 8, step: 8, minSize: 6, maxSize: 12, aspectRatios: [2] }] };
    expect(() => small({ priors: spec })).toThrow(
      /priors are for 64 pixels and maps 8; the network has 64 pixels and maps/,
    );
  });

  test('double or missing classes and tiny images are refused', () => {
    expect(() => small({ classes: [] })).toThrow(/classes must be different names/);
    expect(() => small({ classes: ['a', 'a'] })).toThrow(/classes must be different names/);
    expect(() => small({ imageSize: 20 })).toThrow(/imageSize must be an integer of at least 32/);
  });
});

describe('precision', () => {
  test('every group is named and selected by its pattern', () => {
    const model = small({ plan: 'bidet' });
    const groups = model.groups();
    expect(groups.map(({ name }) => name)).toEqual([
      'stem',
      'stage1',
      'stage2',
      'stage3',
      'stage4',
      'neck',
      'head.loc',
      'head.conf',
    ]);
    for (const { match } of groups) {
      const plan: PrecisionPlan = [{ match, precision: 'bidet' }];
      const part = small({ plan });
      expect(
        part.namedParameters().some(([, { role }]) => role === 'latent'),
        match,
      ).toBe(true);
      part.dispose();
    }
    model.dispose();
  });

  test('the binary plan leaves stem, shortcuts and heads in float', () => {
    const model = small({ plan: 'bidet' });
    const latent = model.namedParameters().flatMap(([name, { role }]) => (role === 'latent' ? [name] : []));
    expect(latent.some((name) => name.startsWith('neck.'))).toBe(true);
    expect(latent.filter((name) => /stem|downsample|head/.test(name))).toEqual([]);
    const cost = modelCost(model, [1, 64, 64, 3]);
    expect(cost.total.macs.binary).toBeGreaterThan(0);
    model.dispose();
  });

  test('a pattern that matches nothing is an error', () => {
    expect(() => small({ plan: [{ match: 'head.cls.**', precision: 'bidet' }] })).toThrow(
      /head\.cls\.\*\*.*matches no layer/,
    );
  });
});

test('the class heads start with background at the share that mining balances, foreground sharing the rest', () => {
  const model = small();
  const columns = model.classes.length + 1;
  const biases = model.namedParameters().filter(([name]) => /^head\.conf\.\d+\.bias$/.test(name));
  expect(biases.length).toBe(model.priorSpec.maps.length);
  for (const [, { variable }] of biases) {
    const probabilities = softmaxRows(variable.dataSync() as Float32Array, columns);
    probabilities.forEach((p, i) => {
      expect(p).toBeCloseTo(i % columns === 0 ? 0.75 : 0.125, 6);
    });
  }
  model.dispose();
});

test('the first source starts with the root mean square of SSD at any width', () => {
  const model = small();
  const x = images(1);
  const first = tf.tidy(() => model.forward(x, inference).features[0].dataSync<'float32'>());
  const meanSquare = first.reduce((sum, value) => sum + value * value, 0) / first.length;
  expect(Math.sqrt(meanSquare)).toBeCloseTo(20 / Math.sqrt(512), 3);
  x.dispose();
  model.dispose();
});

test('the same seed gives the same weights, another seed others', () => {
  const weights = (seed: number) => {
    const model = small({ seed });
    const values = model.namedParameters().map(([, { variable }]) => [...variable.dataSync().slice(0, 3)]);
    model.dispose();
    return values;
  };
  expect(weights(1)).toEqual(weights(1));
  expect(weights(1)).not.toEqual(weights(2));
});

test.each(['float', 'bidet'])(
  'a %s model learns one image by plain gradient steps, with a gradient for every parameter',
  (plan) => {
    const model = small({ plan, logVariance: true });
    const x = images(2);
    const targets = [
      { boxes: Float32Array.of(0.1, 0.1, 0.6, 0.5), labels: Int32Array.of(0) },
      { boxes: Float32Array.of(0.4, 0.3, 0.9, 0.9), labels: Int32Array.of(1) },
    ];
    const parameters = model.namedParameters();
    const losses: number[] = [];
    for (let step = 0; step < 4; step++) {
      const { value, grads } = tf.variableGrads(
        () => {
          return runReadingSync(ssdLoss(model.forward(x, { training: true }), targets, model.priors)).total;
        },
        parameters.map(([, { variable }]) => variable),
      );
      losses.push(value.dataSync()[0]);
      for (const [name, { variable }] of parameters) {
        const gradient = grads[variable.name];
        expect(gradient, name).toBeDefined();
        tf.tidy(() => variable.assign(tf.sub(variable, tf.mul(gradient, 0.005))));
      }
      tf.dispose([value, grads]);
    }
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses[losses.length - 1]).toBeLessThan(0.6 * losses[0]);
    x.dispose();
    model.dispose();
  },
);

test('detecting leaves no tensors behind and boxes lie in the original images', async () => {
  const model = small({ plan: 'bidet' });
  const x = images(2);
  const before = tf.memory().numTensors;
  const sizes = [
    [40, 80],
    [100, 50],
  ] as const;
  const found = await detect(model, x, sizes);
  expect(tf.memory().numTensors).toBe(before);
  expect(found.map((list) => list.length > 0 && list.length <= 100)).toEqual([true, true]);
  found.forEach((list, b) => {
    for (const {
      box: [x1, y1, x2, y2],
      label,
      score,
    } of list) {
      expect(x1 >= 0 && y1 >= 0 && x2 <= sizes[b][1] && y2 <= sizes[b][0] && x2 > x1 && y2 > y1).toBe(true);
      expect([0, 1]).toContain(label);
      expect(score).toBeGreaterThan(0.01);
    }
  });
  x.dispose();
  model.dispose();
});
