import '@tensorflow/tfjs-backend-cpu';
import { modelCost } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageClassifier } from '../src/classifier.js';
import { resnetE18 } from '../src/resnet-e.js';
import { expectContract } from './contract.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

describe('resnetE18', () => {
  test.each(['float', 'bnn', 'xnor', 'bireal'])('%s: maps as announced, a gradient for every parameter', (plan) => {
    const model = resnetE18({ plan, width: 1 / 8, seed: 3 });
    expectContract(model, 67, 65);
    model.dispose();
  });

  test('a method gives the binarization, the shortcuts are there with every method', () => {
    const model = resnetE18({ plan: 'bnn', width: 1 / 8 });
    const styles = [...model.namedModules()].flatMap(([, module]) => ('style' in module ? [module.style] : []));
    expect(styles).toEqual(Array(8).fill('shortcut'));
    model.dispose();
  });

  test('with 1000 classes it has 11,699,368 parameters and running statistics, as Larq Zoo counts', () => {
    const model = imageClassifier({ classes: 1000, plan: 'bnn', backbone: (builder) => resnetE18({ builder }) });
    const { parameters } = modelCost(model, [1, 64, 64, 3]).total;
    const statistics = model.namedBuffers().reduce((sum, [, { size }]) => sum + size, 0);
    expect(parameters.oneBit + parameters.float32 + statistics).toBe(11_699_368);
    model.dispose();
  });
});
