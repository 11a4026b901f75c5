import '@tensorflow/tfjs-backend-cpu';
import { inference, modelCost } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageClassifier } from '../src/classifier.js';
import { buildResNet, resnet50 } from '../src/resnet.js';
import { expectContract, randomImages, stylePlans } from './contract.js';

/** Every kind of bottleneck that ResNet-50 has, in four blocks. */
const layout = { block: 'bottleneck', blocks: [2, 2], channels: [8, 16] } as const;

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

describe('bottlenecks', () => {
  test.each(stylePlans)('%s: maps as announced at an odd size, a gradient for every parameter', (plan) => {
    const model = buildResNet('test', layout, { plan, stem: 'small', seed: 3 });
    expectContract(model, 13, 10);
    expect(model.featureInfo.map(({ channels }) => channels)).toEqual([32, 64]);
    model.dispose();
  });

  test('in a style with a shortcut around every convolution the real map runs through the 3x3 one', () => {
    const model = buildResNet('test', layout, { plan: 'bireal', stem: 'small', seed: 3 });
    const outputs = new Map<string, tf.Tensor>();
    tf.tidy(() => {
      // A dead normalisation behind the 3x3 convolution leaves what its shortcut brings.
      const dead = model.namedParameters().find(([name]) => name === 'stage1.1.bn2.gamma');
      dead?.[1].variable.assign(tf.zeros([8]));
      model.forward(randomImages(12, 12), {
        ...inference,
        tap: (name, y) => void outputs.set(name, tf.keep(tf.clone(y))),
      });
    });
    const value = (name: string) => outputs.get(`stage1.1.${name}`)?.dataSync();
    expect(value('bn2')).toEqual(value('bn1'));
    for (const output of outputs.values()) output.dispose();
    model.dispose();
  });
});

describe('cost of ResNet-50 with 1000 classes, 224 x 224', () => {
  const counted = (plan: string) => {
    const model = imageClassifier({ classes: 1000, plan, backbone: (builder) => resnet50({ builder }) });
    const cost = modelCost(model, [1, 224, 224, 3]);
    model.dispose();
    return cost;
  };

  test('float: 25,557,032 parameters and 4,089,184,256 MACs, as in torchvision', () => {
    const { total } = counted('float');
    expect(total.parameters).toEqual({ oneBit: 0, float32: 25_557_032 });
    expect(total.macs).toEqual({ binary: 0, float: 4_089_184_256 });
  });

  test('binary: stem, 1x1 shortcuts and classifier stay float', () => {
    const { total } = counted('bireal');
    // 1x1 shortcuts; behind an average pool they run at the size of the output.
    const shortcuts = [64 * 256, 256 * 512, 512 * 1024, 1024 * 2048];
    const pixels = [56, 28, 14, 7].map((side) => side * side);
    const shortcutMacs = shortcuts.reduce((sum, weights, i) => sum + weights * pixels[i], 0);
    expect(total.macs.float).toBe(118_013_952 + shortcutMacs + 2_048_000);
    expect(total.macs.binary).toBe(4_089_184_256 - total.macs.float);
  });
});
