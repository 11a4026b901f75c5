import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { Parameter, type ParameterOptions } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { type AdamConfig, Optimizer, type OptimizerConfig, type SgdConfig } from '../src/index.js';
import { withoutLeak } from './helpers.js';

const size = 37;
const values = (seed: number) =>
  Float32Array.from(
    { length: size },
    (
      (random) => () =>
        random.normal()
    )(new Random(seed)),
  );
const make = (name: string, options: ParameterOptions = { role: 'weight' }, seed = 1): [string, Parameter] => [
  name,
  new Parameter([size], values(seed), options),
];
const read = (parameter: Parameter) => Array.from(parameter.variable.dataSync());

/** Runs `steps` updates with gradients drawn per step and parameter; gives the gradients of the parameter `of`. */
function run(optimizer: Optimizer, steps: number, rate: (step: number) => number, scale = 1, names = ['a']) {
  const gradients = Array.from({ length: steps }, (_, step) => values(100 + step));
  gradients.forEach((gradient, step) => {
    const tensors = new Map(names.map((name) => [name, tf.tensor1d(gradient)]));
    optimizer.step(tensors, rate(step), scale);
    tf.dispose([...tensors.values()]);
  });
  return gradients;
}

/** The textbook loop in float64. */
function reference(
  config: SgdConfig | AdamConfig,
  start: Float32Array,
  gradients: Float32Array[],
  rate: (step: number) => number,
  scale = 1,
) {
  const [w, m, v] = [Array.from(start), new Array<number>(size).fill(0), new Array<number>(size).fill(0)];
  gradients.forEach((gradient, step) => {
    for (let i = 0; i < size; i++) {
      const decay = config.weightDecay ?? 0;
      let g = gradient[i] * scale;
      if (config.kind === 'adamw') w[i] *= 1 - rate(step) * decay;
      else g += decay * w[i];
      if (config.kind === 'sgd') {
        const { momentum = 0.9, nesterov } = config;
        m[i] = momentum * m[i] + g;
        w[i] -= rate(step) * (nesterov ? g + momentum * m[i] : m[i]);
      } else {
        const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = config;
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        const [mean, square] = [m[i] / (1 - beta1 ** (step + 1)), v[i] / (1 - beta2 ** (step + 1))];
        w[i] -= (rate(step) * mean) / (Math.sqrt(square) + epsilon);
      }
    }
  });
  return w;
}

describe('update rules', () => {
  const sgd: SgdConfig[] = [
    { kind: 'sgd', momentum: 0 },
    { kind: 'sgd' },
    { kind: 'sgd', nesterov: true, weightDecay: 0.01 },
    { kind: 'sgd', momentum: 0.5, weightDecay: 0.1 },
  ];
  const adam: AdamConfig[] = [
    { kind: 'adam' },
    { kind: 'adam', beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1 },
    { kind: 'adamw', weightDecay: 0.1 },
  ];
  test.each([...sgd, ...adam])('%o follows the textbook loop over 20 steps', async (config) => {
    await withoutLeak(async () => {
      const [name, parameter] = make('a');
      const optimizer = new Optimizer([[name, parameter]], config);
      const rate = (step: number) => 0.1 / (1 + step);
      const gradients = run(optimizer, 20, rate, 0.5);
      const expected = reference(config, values(1), gradients, rate, 0.5);
      // 2e-6: 20 updates, each rounded to float32 with values of size 1.
      read(parameter).forEach((value, i) => {
        expect(Math.abs(value - expected[i])).toBeLessThan(2e-6 * Math.max(1, Math.abs(expected[i])));
      });
      optimizer.dispose();
      parameter.variable.dispose();
    });
  });

  test('the first step of Adam has the length of the rate, whatever the gradient', () => {
    const [name, parameter] = make('a');
    const [gradient] = run(new Optimizer([[name, parameter]], { kind: 'adam' }), 1, () => 0.25);
    const start = values(1);
    read(parameter).forEach((value, i) => {
      expect(value - start[i]).toBeCloseTo(-0.25 * Math.sign(gradient[i]), 5);
    });
  });

  test('momentum under a constant gradient sums a geometric series', () => {
    const [name, parameter] = make('a');
    const optimizer = new Optimizer([[name, parameter]], { kind: 'sgd', momentum: 0.5 });
    const one = new Map([['a', tf.ones([size])]]);
    for (let step = 0; step < 4; step++) optimizer.step(one, 1);
    const moved = 1 + 1.5 + 1.75 + 1.875;
    read(parameter).forEach((value, i) => {
      expect(value).toBeCloseTo(values(1)[i] - moved, 5);
    });
  });

  test('latent weights are clipped after the update, others are not', () => {
    const latent = make('a', { role: 'latent', clip: 1 });
    const real = make('b');
    run(new Optimizer([latent, real], { kind: 'sgd' }), 3, () => 1, 1, ['a', 'b']);
    expect(Math.max(...read(latent[1]).map(Math.abs))).toBe(1);
    expect(Math.max(...read(real[1]).map(Math.abs))).toBeGreaterThan(1);
  });
});

describe('parameter groups', () => {
  const decayed = (config: OptimizerConfig, entries: [string, Parameter][]) => {
    const optimizer = new Optimizer(entries, config);
    const names = entries.map(([name]) => name);
    optimizer.step(new Map(names.map((name) => [name, tf.zeros([size])])), 1);
    return names.filter((_, i) => String(read(entries[i][1])) !== String(Array.from(values(1))));
  };
  const roles = (): [string, Parameter][] => [
    make('conv.weight'),
    make('conv.bias', { role: 'bias' }),
    make('binary.weight', { role: 'latent' }),
    make('norm.gamma', { role: 'norm' }),
    make('l2.scale', { role: 'scale' }),
  ];

  test('weight decay goes to real weights alone, unless a group says otherwise', () => {
    expect(decayed({ kind: 'sgd', weightDecay: 0.1 }, roles())).toEqual(['conv.weight']);
    const groups = [
      { roles: ['latent', 'bias'] as const, weightDecay: 0.1 },
      { match: 'conv.*', weightDecay: 0 },
    ];
    expect(decayed({ kind: 'sgd', weightDecay: 0.1, groups }, roles())).toEqual(['binary.weight']);
  });

  test('the rate factor scales the update', () => {
    const [a, b] = [make('a.weight'), make('b.weight')];
    const groups = [{ match: 'b.**', rateFactor: 0.5 }];
    const optimizer = new Optimizer([a, b], { kind: 'sgd', momentum: 0, groups });
    optimizer.step(
      new Map([
        ['a.weight', tf.ones([size])],
        ['b.weight', tf.ones([size])],
      ]),
      1,
    );
    read(a[1]).forEach((value, i) => {
      expect(value).toBeCloseTo(values(1)[i] - 1, 6);
    });
    read(b[1]).forEach((value, i) => {
      expect(value).toBeCloseTo(values(1)[i] - 0.5, 6);
    });
  });

  test('frozen ones are not among the trained', () => {
    const entries = roles();
    entries[0][1].trainable = false;
    const optimizer = new Optimizer(entries, { kind: 'adam', groups: [{ roles: ['norm'], frozen: true }] });
    expect(optimizer.trained.map(([name]) => name)).toEqual(['conv.bias', 'binary.weight', 'l2.scale']);
    expect(() => new Optimizer(entries, { kind: 'adam', groups: [{ frozen: true }] })).toThrow(
      'there is nothing to train',
    );
  });

  test.each([
    [{ match: 'convv.**', frozen: true }, 'no parameter matches "convv.**"'],
    [{ match: 'conv.**', roles: ['latent'], frozen: true }, 'known: conv.weight (weight)'],
    [{ roles: ['latnet'], frozen: true }, 'Did you mean "latent"?'],
    [{ rateFactor: -1 }, 'groups[0].rateFactor must be a number of 0 or more'],
  ])('refuses %o', (group, message) => {
    expect(() => new Optimizer(roles(), { kind: 'adam', groups: [group as never] })).toThrow(message);
  });
});

describe('state', () => {
  test.each<OptimizerConfig>([{ kind: 'sgd' }, { kind: 'adam' }])(
    '$kind: saved and restored in the middle, the same to the bit',
    async (config) => {
      const whole = make('a');
      run(new Optimizer([whole], config), 10, () => 0.1);
      const part = make('a');
      const first = new Optimizer([part], config);
      const gradients = Array.from({ length: 10 }, (_, step) => tf.tensor1d(values(100 + step)));
      for (const gradient of gradients.slice(0, 4)) first.step(new Map([['a', gradient]]), 0.1);
      const second = new Optimizer([part], config);
      second.load(await first.state());
      for (const gradient of gradients.slice(4)) second.step(new Map([['a', gradient]]), 0.1);
      expect(read(part[1])).toEqual(read(whole[1]));
    },
  );

  test('a changed set of parameters keeps the moments of those that stay, and starts the new ones afresh', async () => {
    const before = new Optimizer([make('a'), make('b')], { kind: 'adam' });
    run(before, 3, () => 0.1, 1, ['a', 'b']);
    const after = new Optimizer([make('c'), make('b')], { kind: 'adam' });
    after.load(await before.state());
    const state = await after.state();
    expect(state.updates).toEqual({ c: 0, b: 3 });
    expect(state.slots.get('firstMoment')!.get('b')).toEqual((await before.state()).slots.get('firstMoment')!.get('b'));
    expect(Array.from(state.slots.get('firstMoment')!.get('c')!.data as Float32Array)).toEqual(new Array(size).fill(0));
  });

  test('moments of another optimizer are not taken', async () => {
    const before = new Optimizer([make('a')], { kind: 'sgd' });
    run(before, 3, () => 0.1);
    const after = new Optimizer([make('a')], { kind: 'adam' });
    after.load(await before.state());
    expect((await after.state()).updates).toEqual({ a: 0 });
  });
});
