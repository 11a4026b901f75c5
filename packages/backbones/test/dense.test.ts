import '@tensorflow/tfjs-backend-cpu';
import { inference, modelCost } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageClassifier } from '../src/classifier.js';
import {
  binaryDenseNet28,
  binaryDenseNet37,
  binaryDenseNet37Dilated,
  binaryDenseNet45,
  meliusNet22,
} from '../src/dense.js';
import { placeDense, placeImprovement, placeTransition } from '../src/dense-block.js';
import { buildBackbone } from '../src/options.js';
import { StagedBackbone } from '../src/staged.js';
import { placeStem } from '../src/stem.js';
import { expectContract, randomImages, stylePlans } from './contract.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

/** Every kind of unit in one small network. */
function everyUnit(plan: string): StagedBackbone {
  return buildBackbone('test', { plan, seed: 3 }, (builder) => {
    const stem = placeStem(builder, { kind: 'small', inChannels: 3, outChannels: 8, style: 'float' });
    return new StagedBackbone(builder, stem, [
      { name: 'stage1', place: [placeDense(8, 1), placeImprovement(8)] },
      { name: 'transition2', place: placeTransition({ outChannels: 16, stride: 2 }), inner: true },
      { name: 'stage2', place: [placeDense(8, 2)] },
    ]);
  });
}

describe('dense units', () => {
  test.each(stylePlans)('%s: maps as announced at an odd size, a gradient for every parameter', (plan) => {
    const model = everyUnit(plan);
    expectContract(model, 21, 18);
    model.dispose();
  });

  test('a dense unit keeps its input, an improvement unit all but the last channels of it', () => {
    const model = everyUnit('bireal');
    const maps = new Map<string, number[][]>();
    const tap = (name: string, y: tf.Tensor) =>
      void maps.set(name, tf.reshape(y, [-1, y.shape[3] ?? 1]).arraySync() as number[][]);
    tf.tidy(() => void model.forward(randomImages(8, 8), { ...inference, tap }));
    const channels = (name: string, from: number, to: number) => maps.get(name)?.map((cell) => cell.slice(from, to));
    expect(channels('stage1.0', 0, 8)).toEqual(channels('stem', 0, 8));
    expect(channels('stage1.1', 0, 8)).toEqual(channels('stage1.0', 0, 8));
    expect(channels('stage1.1', 8, 16)).not.toEqual(channels('stage1.0', 8, 16));
    model.dispose();
  });
});

describe.each([
  [binaryDenseNet28, [4, 8, 16, 32]],
  [binaryDenseNet37Dilated, [4, 8, 8, 8]],
  [meliusNet22, [4, 8, 16, 32]],
] as const)('%o', (make, strides) => {
  test('maps as announced, a gradient for every parameter', () => {
    const model = make({ plan: 'bnn', width: 1 / 8, seed: 3 });
    expectContract(model, 67, 65);
    expect(model.featureInfo.map(({ stride }) => stride)).toEqual(strides);
    model.dispose();
  });
});

describe('with 1000 classes', () => {
  const counted = (make: typeof meliusNet22, side = 32) => {
    const model = imageClassifier({ classes: 1000, plan: 'bnn', backbone: (builder) => make({ builder }) });
    const { parameters, macs } = modelCost(model, [1, side, side, 3]).total;
    const statistics = model.namedBuffers().reduce((sum, [, { size }]) => sum + size, 0);
    model.dispose();
    return { trained: parameters.oneBit + parameters.float32, statistics, macs };
  };

  // Parameters and running statistics as Larq Zoo counts them.
  test.each([
    [binaryDenseNet28, 5_150_504],
    [binaryDenseNet37, 8_734_120],
    [binaryDenseNet45, 13_939_240],
  ] as const)('%o has %i parameters and running statistics', (make, count) => {
    const { trained, statistics } = counted(make);
    expect(trained + statistics).toBe(count);
  });

  test('the dilated network has the parameters of the other and, as Larq Zoo counts, 8.23e9 MACs, 94.5 % of them binary', () => {
    const { trained, statistics, macs } = counted(binaryDenseNet37Dilated, 224);
    expect(trained + statistics).toBe(8_734_120);
    expect((macs.binary + macs.float) / 1e9).toBeCloseTo(8.23, 2);
    expect(macs.binary / (macs.binary + macs.float)).toBeCloseTo(0.945, 3);
  });

  test('MeliusNet-22 has 6,944,584 trained parameters', () => {
    expect(counted(meliusNet22).trained).toBe(6_944_584);
  });
});
