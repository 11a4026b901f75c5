import '@tensorflow/tfjs-backend-cpu';
import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { ModuleBuilder } from './builder.js';
import { modelCost } from './cost.js';
import { BatchNorm } from './layers/batch-norm.js';
import { Sequential } from './layers/sequential.js';
import { type ForwardContext, Module } from './module.js';

/** A float stem, a binary convolution used twice, and a linear layer. */
class Small extends Module<tf.Tensor4D, tf.Tensor2D> {
  readonly #stem;
  readonly #binary;
  readonly #fc;

  constructor(builder = new ModuleBuilder({ plan: 'bireal' })) {
    super();
    const stem = { inChannels: 3, outChannels: 5, kernelSize: 3, stride: 2, bias: true };
    const conv = builder.scope('stem').conv('conv', stem);
    this.#stem = this.child('stem', new Sequential({ conv, bn: new BatchNorm({ channels: 5 }) }));
    this.#binary = this.child('conv', builder.conv('conv', { inChannels: 5, outChannels: 5, kernelSize: 3 }));
    this.#fc = this.child('head.fc', builder.scope('head').linear('fc', { inChannels: 5, outChannels: 7 }));
    builder.finish(this);
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor2D {
    const y = this.#binary.forward(this.#binary.forward(this.#stem.forward(x, context), context), context);
    return this.#fc.forward(tf.mean(y, [1, 2]), context);
  }
}

describe('modelCost', () => {
  test('counts every run of a layer, by precision', () => {
    const model = new Small();
    const before = tf.memory().numTensors;
    const { modules, total, operations64 } = modelCost(model, [2, 9, 8, 3]);
    expect(tf.memory().numTensors).toBe(before);
    // Maps after the stem: ceil(9 / 2) x ceil(8 / 2) = 5 x 4, batch 2.
    const macs = { stem: 2 * 20 * 5 * 27, binary: 2 * (2 * 20 * 5 * 45), fc: 2 * 5 * 7 };
    expect(modules.map(({ name, type, precision }) => [name, type, precision])).toEqual([
      ['stem.conv', 'Conv2d', 'float32'],
      ['stem.bn', 'BatchNorm', undefined],
      ['conv', 'BinaryConv2d', 'binary'],
      ['head.fc', 'Linear', 'float32'],
    ]);
    expect(modules[0].outputShape).toEqual([2, 5, 4, 5]);
    expect(total.macs).toEqual({ binary: macs.binary, float: macs.stem + macs.fc });
    expect(total.parameters).toEqual({ oneBit: 225, float32: 27 * 5 + 5 + 10 + 35 + 7 });
    expect(total.bytes).toEqual({ packed: Math.ceil(225 / 8) + 4 * 192, float32: 4 * (225 + 192) });
    expect(operations64).toBe(total.macs.float + total.macs.binary / 64);
    model.dispose();
  });

  test('a part of a model is counted like a whole one', () => {
    const model = new Small();
    const stem = [...model.namedModules()].find(([name]) => name === 'stem')?.[1];
    const { modules, total } = modelCost(stem as NonNullable<typeof stem>, [1, 4, 4, 3]);
    expect(modules.map(({ name }) => name)).toEqual(['conv', 'bn']);
    expect(total.macs.float).toBe(4 * 5 * 27);
    model.dispose();
  });
});
