import type { TensorData, TensorFile } from '@onebit/common';
import { ModuleBuilder } from '@onebit/nn';
import { expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../test/golden.js';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { MobileBlock } from '../src/mobilenet-v1.js';
import { type Build, compareBlock } from './golden-method.js';
import { Golden } from './golden-module.js';

const kind = 'methods/reactnet.safetensors';

/** The file with both 1x1 convolutions of a block that doubles the width, and what stands behind them, as one of twice the channels, which is what ours has. */
function joined({ tensors, metadata }: TensorFile): TensorFile {
  const all = new Map<string, TensorData>();
  for (const [name, tensor] of tensors) {
    if (!name.startsWith('block_mobile')) continue;
    const half = /^(.*\.(?:w1|bn2))([ab])((?:\.\w+)?)$/.exec(name);
    if (half === null) all.set(name, tensor);
    else if (half[2] === 'a') all.set(`${half[1]}${half[3]}`, stacked(tensor, other(tensors, `${half[1]}b${half[3]}`)));
  }
  return { tensors: all, metadata };
}

function other(tensors: TensorFile['tensors'], name: string): TensorData {
  const found = tensors.get(name);
  if (found === undefined) throw new Error(`golden: no tensor ${name}`);
  return found;
}

/** Two tensors, one after the other along the first axis. */
function stacked(a: TensorData, b: TensorData): TensorData {
  const data = Float32Array.of(...(a.data as Float32Array), ...(b.data as Float32Array));
  return { dtype: 'F32', shape: [a.shape[0] + b.shape[0], ...a.shape.slice(1)], data } as TensorData;
}

const build: Build = (golden, prefix) => {
  const [, channels, height] = golden.tensor(`${prefix}.x`).shape;
  const [, outChannels, outHeight] = golden.tensor(`${prefix}.grad_out`).shape;
  const stride = Math.ceil(height / outHeight);
  const input = { channels, nonNegative: false };
  return new MobileBlock(new ModuleBuilder({ plan: 'reactnet' }), { input, outChannels, stride, form: 'full' });
};

const names: Record<string, string> = {
  'spatial.conv.weight': 'w3',
  'spatial.conv.shift': 'm11',
  'spatial.act.shiftIn': 'm12',
  'spatial.act.alpha': 's1',
  'spatial.act.shiftOut': 'm13',
  'pointwise.conv.weight': 'w1',
  'pointwise.conv.shift': 'm21',
  'pointwise.act.shiftIn': 'm22',
  'pointwise.act.alpha': 's2',
  'pointwise.act.shiftOut': 'm23',
};

function rename(name: string): string {
  return names[name] ?? name.replace('spatial.bn', 'bn1').replace('pointwise.bn', 'bn2').replace('variance', 'var');
}

eachBackEnd(
  (start) => {
    test.skipIf(!hasGolden(kind))(`ReActNet's MobileNet blocks of ${kind}`, async () => {
      await start();
      const golden = new Golden(joined(goldenFile(kind)));
      const prefixes = golden.cases('p.w1');
      for (const prefix of prefixes) compareBlock(golden, prefix, build, rename);
      expect(prefixes.length).toBeGreaterThan(0);
      expect(golden.unused).toEqual([]);
      compared(kind, golden.count);
    });
  },
  ['cpu', 'native'],
);
