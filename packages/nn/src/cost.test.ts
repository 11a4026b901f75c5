import '@tensorflow/tfjs-backend-cpu';
import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { ModuleBuilder } from './builder.js';
import { modelCost } from './cost.js';
import { memoryRules, operationRules } from './cost-rules.js';
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
    expect(total.bits).toEqual({
      latent: 225,
      weights: 32 * (27 * 5 + 35),
      scales: 32 * 5,
      vectors: 32 * (5 + 10 + 7),
    });
    expect(total).toMatchObject({ scalings: 2 * (2 * 20 * 5), elements: 2 * 20 * 5 });
    expect(operations64).toBe(total.macs.float + total.macs.binary / 64);
    model.dispose();
  });

  test('the rules pick from the counts', () => {
    const model = new Small();
    const { total, operations64 } = modelCost(model, [1, 9, 8, 3]);
    expect(operationRules.bireal.measure(total)).toBe(operations64);
    expect(operationRules.scaled.measure(total)).toBe(operations64 + total.scalings);
    expect(operationRules.ace.measure(total)).toBe(1024 * total.macs.float + total.macs.binary);
    expect(memoryRules.survey.measure(total)).toBe(225 + 32 * (27 * 5 + 35 + 5));
    expect(memoryRules.full.measure(total)).toBe(8 * total.bytes.packed);
    model.dispose();
  });

  test('activation memory is that of the largest layer, with the inputs of binary layers as bits', () => {
    const model = new Small();
    const { modules, activations } = modelCost(model, [1, 9, 8, 3]);
    const stem = 4 * (9 * 8 * 3 + 5 * 4 * 5);
    expect(modules[0].activations).toEqual({ packed: stem, float32: stem });
    expect(modules[2].activations).toEqual({ packed: Math.ceil(100 / 8) + 4 * 100, float32: 4 * 200 });
    expect(activations).toEqual({ packed: stem, float32: stem });
    model.dispose();
  });

  test('a real side makes the arithmetic float, the latent weights stay bits', () => {
    const model = new Small(
      new ModuleBuilder({
        plan: [
          { match: '**.conv', precision: { method: 'bireal', activations: 'real' } },
          { match: 'conv', precision: { method: 'bireal', activations: 'real' } },
          { match: 'stem.**', precision: 'fp32' },
        ],
      }),
    );
    const { total } = modelCost(model, [1, 9, 8, 3]);
    expect(total.macs.binary).toBe(0);
    expect(total.parameters.oneBit).toBe(225);
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
