import '@tensorflow/tfjs-backend-cpu';
import { modelCost } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageClassifier } from '../src/classifier.js';
import { mobilenetV1, reactnetA } from '../src/mobilenet-v1.js';
import { expectContract, stylePlans } from './contract.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

describe.each([
  ['mobilenetV1', mobilenetV1, stylePlans],
  ['reactnetA', reactnetA, ['float', 'bireal', 'xnor']],
] as const)('%s', (_, make, plans) => {
  test.each(plans)('%s: maps as announced at an odd size, a gradient for every parameter', (plan) => {
    const model = make({ plan, width: 1 / 8, seed: 3 });
    expectContract(model, 35, 33);
    expect(model.featureInfo.map(({ stride }) => stride)).toEqual([2, 4, 8, 16, 32]);
    model.dispose();
  });
});

describe('cost with 1000 classes, 224 x 224', () => {
  const counted = (make: typeof mobilenetV1, plan: string) => {
    const model = imageClassifier({ classes: 1000, plan, backbone: (builder) => make({ builder }) });
    const { total, operations64 } = modelCost(model, [1, 224, 224, 3]);
    model.dispose();
    return { ...total, operations64 };
  };

  test('float MobileNetV1: 4,231,976 parameters, as in Keras, and the 569 million MACs of the paper (table 4)', () => {
    const { parameters, macs } = counted(mobilenetV1, 'float');
    expect(parameters).toEqual({ oneBit: 0, float32: 4_231_976 });
    expect(macs).toEqual({ binary: 0, float: 568_740_352 });
  });

  test('ReActNet-A: 28.25 M binary weights, 4.817e9 binary and 11.86 M real MACs, 87.13 M by the /64 rule (section 2.17)', () => {
    const { parameters, macs, operations64 } = counted(reactnetA, 'bireal');
    expect(parameters.oneBit / 1e6).toBeCloseTo(28.25, 2);
    expect(macs.binary / 1e9).toBeCloseTo(4.817, 3);
    expect(macs.float / 1e6).toBeCloseTo(11.86, 2);
    expect(operations64 / 1e6).toBeCloseTo(87.13, 2);
  });

  test('the depthwise convolutions of a binary MobileNetV1 stay float', () => {
    const model = mobilenetV1({ plan: 'bireal', width: 1 / 8 });
    const float = modelCost(model, [1, 32, 32, 3]).modules.filter(({ precision }) => precision === 'float32');
    expect(float.filter(({ name }) => !/stem|depthwise/.test(name))).toEqual([]);
    expect(float).toHaveLength(1 + 13);
    model.dispose();
  });
});
