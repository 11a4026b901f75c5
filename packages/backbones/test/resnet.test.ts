import '@tensorflow/tfjs-backend-cpu';
import {
  BinaryConv2d,
  inference,
  loadState,
  ModuleBuilder,
  modelCost,
  type PrecisionPlan,
  stateOf,
  structureFingerprint,
} from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageClassifier } from '../src/classifier.js';
import { type ResNet, type ResNetOptions, resnet18, resnet34 } from '../src/resnet.js';
import { expectContract, randomImages, stylePlans } from './contract.js';

const tiny: ResNetOptions = { width: 1 / 8, stem: 'small', seed: 5 };

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

/** Name, value and method of every convolution. */
function convolutions(model: ResNet): Map<string, string> {
  return new Map(
    [...model.namedModules()].flatMap(([name, module]) =>
      name.match(/conv\d?$/) ? [[name, module instanceof BinaryConv2d ? module.method.name : 'fp32'] as const] : [],
    ),
  );
}

describe('resnet18', () => {
  test.each(stylePlans)('%s: maps as announced at an odd size, a gradient for every parameter', (plan) => {
    const model = resnet18({ ...tiny, plan });
    expectContract(model, 37, 26);
    expect(model.featureInfo.map(({ stride }) => stride)).toEqual([2, 4, 8, 16]);
    const parts = ['stem', 'stage1', 'stage2', 'stage3', 'stage4'];
    expect(model.groups()).toEqual(parts.map((name) => ({ name, match: `${name}.**` })));
    model.dispose();
  });

  test('equal seeds give equal gradients', () => {
    const gradients = () => {
      const model = resnet18({ ...tiny, plan: 'bidet' });
      const values = tf.tidy(() => {
        const x = randomImages(24, 24);
        const last = () => model.forward(x, { training: true }).stage4;
        return Object.values(tf.variableGrads(() => tf.mean(tf.square(last())) as tf.Scalar).grads).map((gradient) =>
          Array.from(gradient.dataSync()),
        );
      });
      model.dispose();
      return values;
    };
    expect(gradients()).toEqual(gradients());
  });

  test('the plan decides for each convolution; stem and shortcuts stay float by default', () => {
    const kinds = convolutions(resnet18({ ...tiny, plan: 'bidet' }));
    expect([...kinds].filter(([, kind]) => kind === 'fp32').map(([name]) => name)).toEqual([
      'stem.conv',
      'stage2.0.downsample.conv',
      'stage3.0.downsample.conv',
      'stage4.0.downsample.conv',
    ]);
    expect([...kinds.values()].filter((kind) => kind === 'bidet')).toHaveLength(16);
  });

  test('a convolution spared inside a binary block keeps its place, a wholly spared block becomes a float block', () => {
    const plan: PrecisionPlan = [
      { match: '**.conv*', precision: 'bireal' },
      { match: 'stem.*', precision: 'fp32' },
      { match: 'stage1.0.conv2', precision: 'fp32' },
      { match: 'stage2.1.**', precision: 'fp32' },
    ];
    const model = resnet18({ ...tiny, plan });
    const blocks = [...model.namedModules()].flatMap(([name, module]) =>
      'style' in module ? [[name, module.style]] : [],
    );
    expect(Object.fromEntries(blocks)).toMatchObject({
      'stage1.0': 'shortcut',
      'stage2.1': 'float',
      'stage3.0': 'shortcut',
    });
    expect(convolutions(model).get('stage1.0.conv2')).toBe('fp32');
    expect(model.featureInfo.map(({ nonNegative }) => nonNegative)).toEqual([false, true, false, false]);
  });

  test('behind a ReLU a binary convolution still sees two values', () => {
    const plan: PrecisionPlan = [
      { match: 'stage*.**', precision: 'bireal' },
      { match: 'stage1.**', precision: 'fp32' },
    ];
    const model = resnet18({ ...tiny, plan });
    // Were the input of stage2.0.conv1 all +1, its inner cells would all be equal.
    tf.tidy(() => {
      let output: number[][][][] = [];
      const tap = (name: string, y: tf.Tensor) => {
        if (name === 'stage2.0.conv1') output = y.arraySync() as number[][][][];
      };
      model.forward(randomImages(32, 32), { ...inference, tap });
      expect(
        new Set(output[0].slice(1, -1).flatMap((row) => row.slice(1, -1).map((cell) => cell[0]))).size,
      ).toBeGreaterThan(3);
    });
    model.dispose();
  });

  test('the style can be held while the plan changes, and weights move between the two', async () => {
    const binary = resnet18({ ...tiny, plan: 'bireal', style: 'shortcut' });
    const spared = resnet18({ ...tiny, plan: 'float', style: 'shortcut', seed: 6 });
    expect(structureFingerprint(binary)).not.toBe(structureFingerprint(spared));
    expect(loadState(spared, await stateOf(binary))).toMatchObject({
      missing: [],
      unused: [],
      reshaped: [],
      mismatched: [],
    });
    expect(await stateOf(spared)).toEqual(await stateOf(binary));
  });

  test('stems, widths and depths', () => {
    const strides = (options: ResNetOptions) =>
      resnet18({ ...tiny, ...options }).featureInfo.map(({ stride }) => stride);
    expect(strides({ stem: 'imagenet' })).toEqual([4, 8, 16, 32]);
    const channels = (width: number) => resnet18({ ...tiny, width }).featureInfo.map((info) => info.channels);
    expect(channels(0.3)).toEqual([16, 40, 80, 152]);
    expect(channels(0.01)).toEqual([8, 8, 8, 8]);
    expect(convolutions(resnet34({ ...tiny, plan: 'bidet' })).size).toBe(1 + 2 * (3 + 4 + 6 + 3) + 3);
    expect(() => resnet18({ width: 0 })).toThrow(/width must be a positive number, got 0/);
  });

  test('a typo in the plan names the layers; plan and builder exclude each other', () => {
    expect(() => resnet18({ ...tiny, plan: [{ match: 'layer1.**', precision: 'bnn' }] })).toThrow(
      /"layer1.\*\*" matches no layer; known layers: stem.conv, stage1.0.conv1/,
    );
    expect(() => resnet18({ builder: new ModuleBuilder(), plan: 'bidet' })).toThrow(/come from the builder/);
  });

  test('a frozen stem keeps its statistics while the rest trains', async () => {
    const model = resnet18({ ...tiny, plan: 'bidet' });
    model.stem.freeze();
    const before = await stateOf(model);
    tf.tidy(() => void model.forward(randomImages(32, 32), { training: true, progress: 0.5 }));
    const changed = [...(await stateOf(model))].filter(
      ([name, { data }]) => String(data) !== String(before.get(name)?.data),
    );
    expect(changed.map(([name]) => name.split('.')[0])).not.toContain('stem');
    expect(changed).toHaveLength(2 * 19);
  });
});

describe('cost of the ImageNet classifier, 224 x 224 (binarization-methods.md section 6)', () => {
  const counted = (plan: string, backbone: typeof resnet18) => {
    const model = imageClassifier({ classes: 1000, plan, backbone: (builder) => backbone({ builder }) });
    const cost = modelCost(model, [1, 224, 224, 3]);
    expect(model.groups().at(-1)).toEqual({ name: 'head', match: 'head.**' });
    model.dispose();
    return cost;
  };

  test('float ResNet-18 has 11,689,512 parameters and 1,814,073,344 MACs', () => {
    const { total } = counted('float', resnet18);
    expect(total.parameters).toEqual({ oneBit: 0, float32: 11_689_512 });
    expect(total.macs).toEqual({ binary: 0, float: 1_814_073_344 });
    expect(total.bytes).toEqual({ packed: 4 * 11_689_512, float32: 4 * 11_689_512 });
  });

  test('Bi-Real ResNet-18 does 1,676,279,808 of them in bits, 163.985 M by the /64 rule, in 33.515 Mbit', () => {
    const { total, operations64 } = counted('bireal', resnet18);
    expect(total.macs).toEqual({ binary: 1_676_279_808, float: 118_013_952 + 19_267_584 + 512_000 });
    expect(operations64 / 1e6).toBeCloseTo(163.985, 3);
    expect(total.parameters.oneBit).toBe(10_985_472);
    expect((total.bytes.packed * 8) / 1e6).toBeCloseTo(33.515, 3);
  });

  test('Bi-Real ResNet-34 costs 192.887 M by the /64 rule', () => {
    expect(counted('bireal', resnet34).operations64 / 1e6).toBeCloseTo(192.887, 3);
  });
});
