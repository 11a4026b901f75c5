import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { registerGradients, tf } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkGenotype } from '../src/cell/genotype.js';
import { searchNet } from '../src/cell/search-net.js';
import { deriveGenotype, type WeighedEdge, wholeSpace } from '../src/cell/space.js';
import { expectContract, randomImages } from './contract.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

const small = { plan: 'bireal', cells: 3, width: 1 / 2, seed: 3, space: wholeSpace(2) };
const training = { training: true } as const;

describe('searchNet', () => {
  test.each([1, 2, 4])('one of %i channels sampled: maps as announced, a gradient for every parameter', (sampling) => {
    const model = searchNet({ ...small, sampling });
    expectContract(model, 6, 5);
    model.dispose();
  });

  test('an operation that alpha is sure of is one that stands alone', () => {
    const model = searchNet({ ...small, sampling: 2 });
    const alphas = model.namedParameters().filter(([name]) => name.startsWith('alpha.'));
    expect(alphas.map(([name]) => name)).toEqual(
      model.edges.map(({ kind, node, from }) => `alpha.${kind}.node${node}.from${from}`),
    );
    tf.tidy(() => {
      const x = randomImages(6, 5);
      const positions = model.edges.map((_, i) => 1 + (i % 6));
      for (const [i, [, { variable }]] of alphas.entries()) {
        variable.assign(tf.mul(tf.oneHot(tf.scalar(positions[i], 'int32'), variable.size), 50));
      }
      const mixed = model.forward(x, training).stage3.dataSync();
      model.draw(positions);
      const alone = model.forward(x, training).stage3.dataSync();
      for (const [i, value] of alone.entries()) expect(mixed[i]).toBeCloseTo(value, 4);
    });
    model.dispose();
  });

  test('where only none is drawn nothing comes out, where all are mixed something does', () => {
    const model = searchNet({ ...small, sampling: 1 });
    tf.tidy(() => {
      const largest = () => Math.max(...tf.abs(model.forward(randomImages(8, 8), training).stage3).dataSync());
      model.draw(model.edges.map(() => 0));
      expect(largest()).toBe(0);
      model.draw(undefined);
      expect(largest()).toBeGreaterThan(0);
    });
    model.dispose();
  });

  test('begins with equal weights, whose batch normalisation inside the edges is not trained', async () => {
    const model = searchNet(small);
    for (const { weights } of await model.weights()) {
      for (const weight of weights) expect(weight).toBeCloseTo(1 / weights.length, 6);
    }
    const frozen = model.namedParameters().flatMap(([name, { trainable }]) => (trainable ? [] : [name]));
    expect(frozen.length).toBeGreaterThan(0);
    expect(frozen.every((name) => /node\d\.from\d\..*\.(gamma|beta)$/.test(name))).toBe(true);
    model.dispose();
  });

  test('channels that sampling does not divide are refused', () => {
    expect(() => searchNet({ ...small, sampling: 3 })).toThrow(
      'cell search: sampling must be a whole number that divides the 8 channels of a node, got 3',
    );
  });
});

test('derived cells have of each node the two edges with the strongest operation, none left out', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(), (nodes, seed) => {
      const random = new Random(seed);
      const edges: WeighedEdge[] = wholeSpace(nodes).map((edge) => {
        return { ...edge, weights: edge.operations.map(() => random.next()) };
      });
      const genotype = deriveGenotype(edges);
      checkGenotype('derived', genotype);
      for (const kind of ['normal', 'reduction'] as const) {
        expect(genotype[kind]).toHaveLength(nodes);
        for (const [node, chosen] of genotype[kind].entries()) {
          const strength = ({ operations, weights }: WeighedEdge) =>
            Math.max(...weights.filter((_, i) => operations[i] !== 'none'));
          const own = edges.filter((edge) => edge.kind === kind && edge.node === node);
          const best = own.map(strength).sort((a, b) => b - a);
          for (const { from, operation } of chosen) {
            const edge = own.find((each) => each.from === from)!;
            const weight = edge.weights[edge.operations.indexOf(operation)];
            expect(weight).toBe(strength(edge));
            expect(weight).toBeGreaterThanOrEqual(best[1]);
          }
        }
      }
    }),
    { numRuns: 50 },
  );
});
