import '@tensorflow/tfjs-backend-cpu';
import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { BatchNorm } from './layers/batch-norm.js';
import { Conv2d } from './layers/conv2d.js';
import { Sequential } from './layers/sequential.js';
import { type AnyModule, type ForwardContext, inference, Module } from './module.js';

const initial = { seed: 1, path: '' };

class Pair extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #first: Sequential;
  readonly #second: Conv2d;

  constructor(names: readonly [string, string] = ['body', 'head.cls.0']) {
    super();
    const conv = () => new Conv2d({ inChannels: 2, outChannels: 2, kernelSize: 3, bias: true }, initial);
    this.#first = this.child(names[0], new Sequential({ conv: conv(), bn: new BatchNorm({ channels: 2 }) }));
    this.#second = this.child(names[1], conv());
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return this.tapped(this.#second.forward(this.#first.forward(x, context), context), context);
  }

  adopt(name: string, module: AnyModule): void {
    this.child(name, module);
  }
}

describe('Module', () => {
  test('names parameters and buffers by their path, parents first', () => {
    const model = new Pair();
    expect(model.namedParameters().map(([name]) => name)).toEqual([
      'body.conv.weight',
      'body.conv.bias',
      'body.bn.gamma',
      'body.bn.beta',
      'head.cls.0.weight',
      'head.cls.0.bias',
    ]);
    expect(model.namedBuffers().map(([name]) => name)).toEqual(['body.bn.mean', 'body.bn.variance']);
    expect([...model.namedModules()].map(([name, { type }]) => `${name}:${type}`)).toEqual([
      ':Pair',
      'body:Sequential',
      'body.conv:Conv2d',
      'body.bn:BatchNorm',
      'head.cls.0:Conv2d',
    ]);
    model.dispose();
  });

  test('names are relative to the module that is asked, paths to the root', () => {
    const model = new Pair();
    const body = [...model.namedModules()].find(([name]) => name === 'body')?.[1];
    expect(body?.namedParameters()[0][0]).toBe('conv.weight');
    expect([...(body?.namedModules() ?? [])].map(([, module]) => module.path)).toEqual([
      'body',
      'body.conv',
      'body.bn',
    ]);
    model.dispose();
  });

  test('two models of one architecture live side by side, and disposing both leaves nothing', () => {
    const before = tf.memory().numTensors;
    const models = [new Pair(), new Pair()];
    expect(tf.memory().numTensors).toBe(before + 2 * 8);
    for (const model of models) model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('reports every output to the tap by full name, and leaves no tensor behind in a tidy', () => {
    const model = new Pair();
    const before = tf.memory().numTensors;
    const seen: [string, number[]][] = [];
    tf.tidy(() => {
      model.forward(tf.ones([1, 3, 4, 2]), { ...inference, tap: (name, { shape }) => seen.push([name, shape]) });
    });
    expect(seen.map(([name]) => name)).toEqual(['body.conv', 'body.bn', 'body', 'head.cls.0', '']);
    expect(seen.every(([, shape]) => String(shape) === '1,3,4,2')).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  test.each([
    ['a name that is taken', ['body', 'body'], /collides with body/],
    ['a name inside another child', ['head', 'head.cls'], /collides with head/],
    ['a name that is not one', ['body', 'he ad'], /letters, digits/],
  ] as const)('refuses %s', (_what, names, message) => {
    expect(() => new Pair(names)).toThrow(message);
  });

  test('refuses a child that belongs to another module', () => {
    const [a, b] = [new Pair(), new Pair()];
    const conv = [...a.namedModules()][4][1];
    expect(() => b.adopt('stolen', conv)).toThrow(/already belongs to Pair as head.cls.0/);
    a.dispose();
    b.dispose();
  });

  test('groups are the children, each with the pattern of its layers', () => {
    const model = new Pair();
    expect(model.groups()).toEqual([
      { name: 'body', match: 'body.**' },
      { name: 'head.cls.0', match: 'head.cls.0.**' },
    ]);
    model.dispose();
  });

  test('a frozen module trains nothing and keeps its running statistics', () => {
    const model = new Pair();
    model.freeze();
    expect(model.namedParameters().every(([, { trainable }]) => !trainable)).toBe(true);
    const mean = model.namedBuffers()[0][1];
    tf.tidy(() => void model.forward(tf.ones([2, 3, 3, 2]), { training: true }));
    expect([...mean.dataSync()]).toEqual([0, 0]);
    model.freeze(false);
    tf.tidy(() => void model.forward(tf.ones([2, 3, 3, 2]), { training: true }));
    expect([...mean.dataSync()].every((value) => value !== 0)).toBe(true);
    model.dispose();
  });
});
