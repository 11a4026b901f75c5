import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Archive, type Candidate, type Chromosome, paretoFront } from './archive.js';
import { type EvolutionOptions, evolve } from './evolve.js';

/** A separable toy: gene i at choice c costs `(i + 1) c` and is worth a table's entry. */
function toy(values: readonly (readonly number[])[], changes: Partial<EvolutionOptions> = {}): EvolutionOptions {
  return {
    choices: values.map((row) => row.length),
    cost: (chromosome) => chromosome.reduce((sum, choice, i) => sum + (i + 1) * choice, 0),
    budget: [0, Number.POSITIVE_INFINITY],
    bucket: 3,
    initial: 20,
    rounds: 12,
    offspring: 8,
    mutationRate: 0.3,
    seed: 1,
    score: async (chromosome) => chromosome.reduce((sum, choice, i) => sum + values[i][choice], 0),
    ...changes,
  };
}

const tables = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 5,
});
const keysOf = (candidates: readonly Candidate[]) => candidates.map(({ chromosome }) => chromosome.join());

/** Every chromosome there is, by plain loops. */
function everything(choices: readonly number[]): Chromosome[] {
  return choices.reduce<Chromosome[]>(
    (all, count) => all.flatMap((start) => Array.from({ length: count }, (_, choice) => [...start, choice])),
    [[]],
  );
}

describe('evolve', () => {
  test('is a function of its options, keeps to the budget and makes nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.nat(), fc.nat(12), async (values, seed, high) => {
        const options = toy(values, { seed, budget: [0, high], rounds: 3 });
        const found = await evolve(options);
        expect(await evolve(options)).toEqual(found);
        expect(new Set(keysOf(found)).size).toBe(found.length);
        expect(found.length).toBeLessThanOrEqual(20 + 3 * 16);
        for (const { chromosome, cost, score } of found) {
          expect(cost).toBe(options.cost(chromosome));
          expect(cost).toBeLessThanOrEqual(high);
          expect(score).toBe(await options.score(chromosome));
          chromosome.forEach((choice, i) => {
            expect(choice).toBeLessThan(values[i].length);
          });
        }
      }),
      { numRuns: 25 },
    );
  });

  test('finds the optimum of a separable function under every budget it has room for', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.integer({ min: 0, max: 30 }), async (values, high) => {
        const options = toy(values, { budget: [0, high], rounds: 30, offspring: 16 });
        const scores = await Promise.all(
          everything(options.choices)
            .filter((chromosome) => options.cost(chromosome) <= high)
            .map((chromosome) => options.score(chromosome)),
        );
        const found = await evolve(options);
        expect(Math.max(...found.map(({ score }) => score))).toBe(Math.max(...scores));
      }),
      { numRuns: 15 },
    );
  });

  test('comes near the optimum of a space that it can only see a hundredth of', async () => {
    const values = Array.from({ length: 8 }, (_, i) => Array.from({ length: 6 }, (_, c) => (c * (i + 3)) % 7));
    const best = values.reduce((sum, row) => sum + Math.max(...row), 0);
    const found = await evolve(toy(values, { rounds: 40, offspring: 24 }));
    expect(found.length).toBeLessThan(6 ** 8 / 100);
    expect(Math.max(...found.map(({ score }) => score))).toBeGreaterThanOrEqual(best - 2);
  });

  test('begins with the founders that are legal', async () => {
    const founders = [
      [1, 1],
      [0, 1],
      [1, 1],
      [1, 0],
    ];
    const isLegal = ([first, second]: Chromosome) => first <= second;
    const values = [
      [1, 2],
      [3, 4],
    ];
    expect(keysOf(await evolve(toy(values, { founders, isLegal })))).toEqual(['1,1', '0,1', '0,0']);
  });

  test.each([
    [{ budget: [100, 200] }, 'the budget must have a candidate, none was found between 100 and 200'],
    [{ budget: [2, 1] }, 'the budget must be a range from low to high, got 2 to 1'],
    [{ initial: 0 }, 'initial must be a whole number of at least 1, got 0'],
    [{ rounds: 0.5 }, 'rounds must be a whole number of at least 0, got 0.5'],
    [{ mutationRate: 0 }, 'mutationRate must lie in (0, 1], got 0'],
    [{ bucket: 0 }, 'bucket must be positive, got 0'],
    [{ choices: [2, 0] }, 'every gene needs at least one choice, got [2, 0]'],
  ] as const)('refuses %o', async (changes, message) => {
    await expect(evolve(toy([[1, 2]], changes))).rejects.toThrow(message);
  });
});

test('the archive keeps the best of each range of costs, the first among equals', () => {
  const archive = new Archive(10);
  const add = (cost: number, score: number) => archive.add({ chromosome: [cost], cost, score });
  for (const [cost, score] of [
    [25, 1],
    [3, 2],
    [9.9, 2],
    [10, 1],
    [12, 5],
  ]) {
    add(cost, score);
  }
  expect(archive.best.map(({ cost }) => cost)).toEqual([3, 12, 25]);
});

test('no candidate dominates one of the front, and each that is left out is dominated', () => {
  const points = fc.array(fc.record({ cost: fc.nat(9), score: fc.nat(9), chromosome: fc.constant([0]) }));
  fc.assert(
    fc.property(points, (candidates) => {
      const front = paretoFront(candidates);
      const beats = (a: Candidate, b: Candidate) =>
        a.cost <= b.cost && a.score >= b.score && (a.cost < b.cost || a.score > b.score);
      for (const member of front) expect(candidates.some((other) => beats(other, member))).toBe(false);
      for (const other of candidates) {
        expect(
          front.some((member) => beats(member, other) || (member.cost === other.cost && member.score === other.score)),
        ).toBe(true);
      }
    }),
  );
});
