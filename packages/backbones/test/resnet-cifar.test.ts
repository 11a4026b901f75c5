import '@tensorflow/tfjs-backend-cpu';
import { modelCost } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageClassifier } from '../src/classifier.js';
import { buildResNet } from '../src/resnet.js';
import { resnet20 } from '../src/resnet-cifar.js';
import { backbones } from '../src/table.js';
import { expectContract, plans, stylePlans } from './contract.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

describe('basic blocks', () => {
  /** A block with the identity and one with a convolution as its shortcut. */
  const layout = { block: 'basic', blocks: [1, 1], channels: [8, 16] } as const;

  test.each(plans)('%s: maps as announced at an odd size, a gradient for every parameter', (plan) => {
    const model = buildResNet('test', layout, { plan, stem: 'full', seed: 3 });
    expectContract(model, 9, 7);
    model.dispose();
  });

  test('stageWidths multiplies the channels of each stage beside width, as many numbers as there are stages', () => {
    const model = buildResNet('test', layout, {
      plan: 'bireal',
      stem: 'full',
      width: 2,
      stageWidths: [0.5, 1.5],
      seed: 3,
    });
    expectContract(model, 9, 7);
    expect(model.featureInfo.map(({ channels }) => channels)).toEqual([8, 48]);
    model.dispose();
    for (const stageWidths of [[1], [1, 0], [1, Number.POSITIVE_INFINITY]]) {
      expect(() => buildResNet('test', layout, { stageWidths })).toThrow(
        `test: stageWidths must be 2 positive numbers, one a stage, got [${stageWidths.join(', ')}]`,
      );
    }
  });
});

describe('resnet20', () => {
  test.each(stylePlans)('%s: maps as announced at an odd size, a gradient for every parameter', (plan) => {
    const model = resnet20({ plan, width: 1 / 2, seed: 3 });
    expectContract(model, 13, 10);
    expect(model.featureInfo.map(({ stride }) => stride)).toEqual([1, 2, 4]);
    model.dispose();
  });

  // Type A has 0.27, 0.46, 0.66 and 0.85 M (He et al. 2016, table 6); type B adds the two 1x1 convolutions and their normalisations: 2,752.
  test.each([
    ['resnet20', 269_722],
    ['resnet32', 464_154],
    ['resnet44', 658_586],
    ['resnet56', 853_018],
  ] as const)('%s with 10 classes has %i parameters and those of its 1x1 shortcuts', (name, typeA) => {
    const model = imageClassifier({ classes: 10, backbone: (builder) => backbones[name]({ builder }) });
    const { total } = modelCost(model, [1, 32, 32, 3]);
    expect(total.parameters).toEqual({ oneBit: 0, float32: typeA + 16 * 32 + 32 * 64 + 2 * (32 + 64) });
    model.dispose();
  });
});
