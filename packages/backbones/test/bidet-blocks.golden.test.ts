import '@tensorflow/tfjs-backend-cpu';
import { ModuleBuilder, type PrecisionPlan } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../test/golden.js';
import { ResidualBlock } from '../src/block.js';
import { ConvUnit } from '../src/unit.js';
import { compareMode, Golden, type ModuleCase, type Tolerance } from './golden-module.js';

// The README of the vectors suggests both; gradients pass through batch normalisation.
const forward: Tolerance = (_largest, value) => 2e-5 * (1 + value);
const backward: Tolerance = (_largest, value) => 2e-4 * (1 + value);

/** The released code: sign(0) = 0, shortcut convolutions in float. */
const plan: PrecisionPlan = [
  { match: '**', precision: { method: 'bidet', signOfZero: 0 } },
  { match: '**.downsample.**', precision: 'fp32', optional: true },
];

const leaves: Record<string, string> = {
  gamma: 'weight',
  beta: 'bias',
  mean: 'running_mean',
  variance: 'running_var',
  weight: 'weight',
};

/** `downsample.bn.gamma` is `downsample.2.weight` in a unit of the VGG; position 0 of the shortcut is the pool. */
function unitName(name: string, shortcut = 'downsample'): string {
  const parts = name.split('.');
  const leaf = leaves[parts[parts.length - 1]];
  const position = name.startsWith('downsample.conv') ? `${shortcut}.1` : `${shortcut}.2`;
  return `${name.startsWith('downsample') ? position : parts[0]}.${leaf}`;
}

/** In a ResNet block the two units are called `conv1` and `conv2`, and the first owns the shortcut. */
function blockName(name: string): string {
  const unit = name.startsWith('conv2') || name.startsWith('bn2') ? 'conv2' : 'conv1';
  return `${unit}.${unitName(name.replace(/^(conv|bn)\d/, '$1'), 'res_func')}`;
}

const kinds = [
  { kind: 'bidet/vgg_block.safetensors', rename: unitName, weight: 'conv.weight' },
  {
    kind: 'bidet/resnet_block.safetensors',
    rename: blockName,
    weight: 'conv1.conv.weight',
  },
];

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

describe.each(kinds)('$kind', ({ kind, rename, weight }) => {
  test.skipIf(!hasGolden(kind))('every case agrees in both modes', () => {
    const golden = new Golden(goldenFile(kind));
    const tags = golden.cases('x');
    for (const tag of tags) {
      const [outChannels, inChannels] = golden.tensor(`${tag}.param.${weight}`).shape;
      const stride = golden.tensor(`${tag}.grad_out`).shape[2] < golden.tensor(`${tag}.x`).shape[2] ? 2 : 1;
      const options = { inChannels, outChannels, stride };
      const builder = new ModuleBuilder({ plan });
      const module = kind.includes('vgg') ? new ConvUnit(builder, options) : new ResidualBlock(builder, options);
      const initial = (name: string) => `${tag}.param.${rename(name)}`;
      const moduleCase: ModuleCase = { golden, module, initial, x: `${tag}.x`, gradOut: `${tag}.grad_out` };
      for (const mode of ['train', 'eval']) {
        const names = {
          training: mode === 'train',
          y: `${tag}.${mode}.out`,
          gradX: `${tag}.${mode}.grad_x`,
          gradient: (name: string) => `${tag}.${mode}.grad.${rename(name)}`,
          statistic: mode === 'train' ? (name: string) => `${tag}.train.after.${rename(name)}` : undefined,
        };
        compareMode(moduleCase, names, forward, backward);
      }
      module.dispose();
    }
    // Nothing of what the file holds as a result may have been passed over.
    const results = golden.names.filter(
      (name) => /\.(train|eval)\./.test(name) && !name.endsWith('num_batches_tracked'),
    );
    expect(golden.count).toBe(results.length);
    compared(kind, golden.count);
  });
});
