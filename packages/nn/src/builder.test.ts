import '@tensorflow/tfjs-backend-cpu';
import type { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { ModuleBuilder } from './builder.js';
import { constant } from './initializers.js';
import { BinaryConv2d } from './layers/binary-conv2d.js';
import { Conv2d } from './layers/conv2d.js';
import { type ForwardContext, Module } from './module.js';
import { stateOf } from './state.js';

const conv = { inChannels: 3, outChannels: 4, kernelSize: 3 };

/** Three layers whose order of construction is the test's to choose. */
class Model extends Module<tf.Tensor4D, tf.Tensor4D> {
  constructor(builder: ModuleBuilder, order: readonly string[], misplaced = '') {
    super();
    for (const name of order) {
      const [scope, leaf] = name.split('.');
      this.child(name === misplaced ? `elsewhere.${leaf}` : name, builder.scope(scope).conv(leaf, conv));
    }
  }

  override forward(x: tf.Tensor4D, _context: ForwardContext): tf.Tensor4D {
    return x;
  }
}

describe('ModuleBuilder', () => {
  test('initial values depend on seed and name, not on the order of construction', async () => {
    const build = (seed: number, order: readonly string[]) => stateOf(new Model(new ModuleBuilder({ seed }), order));
    const a = await build(3, ['stem.conv', 'body.conv1', 'body.conv2']);
    const b = await build(3, ['body.conv2', 'stem.conv', 'body.conv1']);
    for (const [name, { data }] of a) expect(b.get(name)?.data).toEqual(data);
    expect(a.get('body.conv1.weight')?.data).not.toEqual(a.get('body.conv2.weight')?.data);
    expect((await build(4, ['stem.conv'])).get('stem.conv.weight')?.data).not.toEqual(a.get('stem.conv.weight')?.data);
  });

  test('a binary layer and its float twin start from the same values', async () => {
    const build = (plan: string) => stateOf(new Model(new ModuleBuilder({ plan, seed: 1 }), ['body.conv1']));
    expect(await build('bidet')).toEqual(await build('float'));
  });

  test('layers get the precision of the plan, their own options, and the initializer of the builder', () => {
    const builder = new ModuleBuilder({ plan: 'bnn', initializer: constant(0.25) });
    const binary = builder.scope('body').conv('conv1', { ...conv, stride: 2, nonNegativeInput: true });
    const float = builder.scope('stem').conv('conv', { ...conv, bias: true });
    expect(binary).toBeInstanceOf(BinaryConv2d);
    expect(binary.weight).toMatchObject({ role: 'latent', clip: 1 });
    expect(binary.geometry).toMatchObject({ stride: 2, padding: { top: 1, left: 1 } });
    expect(float).toBeInstanceOf(Conv2d);
    expect(float.weight.role).toBe('weight');
    expect(new Set(float.weight.variable.dataSync())).toEqual(new Set([0.25]));
    expect([...builder.layers.keys()]).toEqual(['body.conv1', 'stem.conv']);
    expect(builder.scope('body').precisionOf('conv9')).toMatchObject({ name: 'bnn' });
  });

  test('linear layers follow the plan too', () => {
    const builder = new ModuleBuilder({ plan: [{ match: 'b', precision: 'bireal' }] });
    const roles = ['a', 'b'].map((name) =>
      builder
        .linear(name, { inChannels: 2, outChannels: 3 })
        .namedParameters()
        .map(([parameter, { role }]) => `${parameter}:${role}`),
    );
    expect(roles).toEqual([
      ['weight:weight', 'bias:bias'],
      ['conv.weight:latent', 'conv.bias:bias'],
    ]);
  });

  test('finish refuses rules without a layer, layers without a place; building twice is refused at once', () => {
    const order = ['stem.conv', 'body.conv1'];
    const plan = (match: string) => ({ plan: [{ match, precision: 'bnn' as const }] });
    const typo = new ModuleBuilder(plan('bodi.**'));
    expect(() => typo.finish(new Model(typo, order))).toThrow(
      /"bodi.\*\*" matches no layer; known layers: stem.conv, body.conv1/,
    );
    const misplaced = new ModuleBuilder();
    expect(() => misplaced.finish(new Model(misplaced, order, 'body.conv1'))).toThrow(
      /not attached under that name: body.conv1/,
    );
    const fine = new ModuleBuilder(plan('body.**'));
    expect(() => fine.finish(new Model(fine, order))).not.toThrow();
    expect(() => new Model(fine, ['stem.conv'])).toThrow(/stem.conv is built twice/);
  });

  test('warnings are those of the methods in use, once', () => {
    const builder = new ModuleBuilder({ plan: [{ match: '**', precision: { method: 'bidet', signOfZero: 0 } }] });
    expect(builder.warnings()).toEqual([]);
    builder.conv('a', conv);
    builder.conv('b', conv);
    expect(builder.warnings()).toEqual([expect.stringMatching(/^bidet: signOfZero/)]);
  });
});
