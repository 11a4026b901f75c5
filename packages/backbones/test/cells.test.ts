import '@tensorflow/tfjs-backend-cpu';
import { modelCost } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { cells } from '../src/cell/cells.js';
import { cellOperations, type Genotype } from '../src/cell/genotype.js';
import { expectContract, stylePlans } from './contract.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

/** Every operation stands in both kinds of cells. */
const everything: Genotype['normal'] = [0, 1, 2].map((node) => [
  { from: 0, operation: cellOperations[2 * node] },
  { from: node + 1, operation: cellOperations[2 * node + 1] },
]);
const genotype = { normal: everything, reduction: everything };
const small = { cells: 3, width: 1 / 2, seed: 3 };

describe('cells', () => {
  test.each(stylePlans)('%s: maps as announced at an odd size, a gradient for every parameter', (plan) => {
    const model = cells({ ...small, plan, genotype });
    expectContract(model, 9, 7);
    expect(model.featureInfo.map(({ stride, channels }) => [stride, channels])).toEqual([
      [1, 24],
      [2, 48],
      [4, 96],
    ]);
    model.dispose();
  });

  test('the default genotype, in eight cells', () => {
    const model = cells({ plan: 'bireal', seed: 3, width: 1 / 2 });
    expectContract(model, 9, 7);
    model.dispose();
  });

  test('convolutions of cells are binary, stem and 1x1 convolutions of inputs stay float', () => {
    const model = cells({ ...small, plan: 'bireal', genotype });
    const { modules } = modelCost(model, [1, 8, 8, 3]);
    const named = (precision: string) => modules.flatMap((m) => (m.precision === precision ? [m.name] : []));
    expect(named('binary').every((name) => /^cells\.\d\.node\d\.from\d\.conv$/.test(name))).toBe(true);
    expect(named('binary')).toHaveLength(3 * 3);
    expect(named('float32').every((name) => /^stem|input[01]\.downsample/.test(name))).toBe(true);
    model.dispose();
  });

  test('a genotype that is none is refused, with its place', () => {
    const node = (...from: number[]) => from.map((each) => ({ from: each, operation: 'skip' }));
    const build = (normal: unknown) => () => cells({ genotype: { ...genotype, normal } as Genotype });
    expect(build([])).toThrow('cells: genotype.normal: a cell must have at least one node');
    expect(build([node(0, 1), node(0, 3)])).toThrow(
      'cells: genotype.normal[1]: must have two edges from different maps, 0 and 1 (the inputs of the cell) to 2, got edges from 0, 3',
    );
    expect(build([node(1, 1)])).toThrow(/got edges from 1, 1/);
    expect(build([node(0)])).toThrow(/got edges from 0$/);
    expect(build([[{ from: 0, operation: 'conv' }, ...node(1)]])).toThrow(/genotype\.normal\[0\].*"conv".*conv3/);
    expect(() => cells({ cells: 2 })).toThrow('cells: cells must be a whole number of at least 3, got 2');
  });
});
