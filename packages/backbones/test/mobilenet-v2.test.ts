import '@tensorflow/tfjs-backend-cpu';
import { modelCost } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageClassifier } from '../src/classifier.js';
import { mobilenetV2 } from '../src/mobilenet-v2.js';
import { expectContract, stylePlans } from './contract.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

describe('mobilenetV2', () => {
  test.each(stylePlans)('%s: maps as announced at an odd size, a gradient for every parameter', (plan) => {
    const model = mobilenetV2({ plan, width: 1 / 8, seed: 3 });
    expectContract(model, 35, 33);
    expect(model.featureInfo.map(({ stride }) => stride)).toEqual([2, 4, 8, 16, 32, 32]);
    model.dispose();
  });

  test('float with 1000 classes, 224 x 224: 3,504,872 parameters and 300,774,272 MACs, as in torchvision', () => {
    const model = imageClassifier({ classes: 1000, backbone: (builder) => mobilenetV2({ builder }) });
    const { total } = modelCost(model, [1, 224, 224, 3]);
    expect(total.parameters).toEqual({ oneBit: 0, float32: 3_504_872 });
    expect(total.macs).toEqual({ binary: 0, float: 300_774_272 });
    model.dispose();
  });

  test('the depthwise convolutions of a binary network stay float', () => {
    const model = mobilenetV2({ plan: 'bireal', width: 1 / 8 });
    const float = modelCost(model, [1, 32, 32, 3]).modules.filter(({ precision }) => precision === 'float32');
    expect(float.filter(({ name }) => !/stem|depthwise/.test(name))).toEqual([]);
    expect(float).toHaveLength(1 + 17);
    model.dispose();
  });
});
