import { hashSeed, OnebitError, Random } from '@onebit/common';
import { Archive, type Candidate, type Chromosome } from './archive.js';

/** What {@link evolve} searches, and how long. */
export interface EvolutionOptions {
  /** How many choices each gene has. */
  readonly choices: readonly number[];
  /** What a chromosome costs; called often. */
  cost(chromosome: Chromosome): number;
  /** Costs that candidates may have, both ends included. */
  readonly budget: readonly [low: number, high: number];
  /** Width of the ranges of costs of which the archive keeps the best. */
  readonly bucket: number;
  /** Further conditions on a chromosome; default: none. */
  isLegal?(chromosome: Chromosome): boolean;
  /** Chromosomes to begin with, as far as they are legal. */
  readonly founders?: readonly Chromosome[];
  /** Candidates before the first round, the founders included; the rest is drawn at random. */
  readonly initial: number;
  readonly rounds: number;
  /** Candidates that each round makes by mutation, and as many by cross-over. */
  readonly offspring: number;
  /** Chance of each gene of a mutant to be drawn anew. */
  readonly mutationRate: number;
  readonly seed: number;
  /** Measures one candidate; the same every time. Called once for each. */
  score(chromosome: Chromosome): Promise<number>;
  /** Told of every candidate; `most` is how many there can be in all. */
  onCandidate?(candidate: Candidate, done: number, most: number): void;
}

/** Draws after which a candidate is given up: what is left of the space is too small to be hit. */
const drawsPerCandidate = 300;

/**
 * The evolutionary search of NAS-BNN (arXiv 2408.15484): random candidates inside the budget, then rounds of mutations and cross-overs of the best candidate per range of costs. A
 * function of the options alone, so that a search whose scores are kept somewhere goes on where it was stopped. It ends early when nothing legal and unseen is found.
 * @returns all candidates in the order they were made.
 * @throws OnebitError ERR_USAGE for options that cannot be, or a budget that no chromosome meets.
 */
export async function evolve(options: EvolutionOptions): Promise<Candidate[]> {
  checkEvolution(options);
  const { initial, rounds, offspring, founders = [] } = options;
  const most = initial + 2 * offspring * rounds;
  const draw = new Draw(options);
  const archive = new Archive(options.bucket);
  const candidates: Candidate[] = [];
  const scoreAll = async (chromosomes: readonly Chromosome[]) => {
    for (const chromosome of chromosomes) {
      const candidate = { chromosome, cost: options.cost(chromosome), score: await options.score(chromosome) };
      candidates.push(candidate);
      archive.add(candidate);
      options.onCandidate?.(candidate, candidates.length, most);
    }
  };
  const founding = draw.accepted(founders).slice(0, initial);
  await scoreAll([...founding, ...draw.unseen(initial - founding.length, () => draw.anything())]);
  if (candidates.length === 0) throw emptyBudget(options.budget);
  for (let round = 0; round < rounds; round++) {
    const parents = archive.best.map(({ chromosome }) => chromosome);
    await scoreAll([
      ...draw.unseen(offspring, () => draw.mutant(parents)),
      ...draw.unseen(offspring, () => draw.crossing(parents)),
    ]);
  }
  return candidates;
}

/** Draws chromosomes, each at most once. */
class Draw {
  readonly #random: Random;
  readonly #seen = new Set<string>();

  constructor(private readonly options: EvolutionOptions) {
    this.#random = new Random(hashSeed(options.seed, 'evolution'));
  }

  /** Up to `count` new legal chromosomes among what `propose` gives. */
  unseen(count: number, propose: () => Chromosome): Chromosome[] {
    const found: Chromosome[] = [];
    for (let draws = 0; found.length < count && draws < count * drawsPerCandidate; draws++) {
      found.push(...this.accepted([propose()]));
    }
    return found;
  }

  /** Those that are legal and were not seen before; they count as seen from now on. */
  accepted(chromosomes: readonly Chromosome[]): Chromosome[] {
    const { cost, isLegal, budget } = this.options;
    return chromosomes.filter((chromosome) => {
      const key = chromosome.join();
      if (this.#seen.has(key)) return false;
      this.#seen.add(key);
      const spent = cost(chromosome);
      return spent >= budget[0] && spent <= budget[1] && isLegal?.(chromosome) !== false;
    });
  }

  anything(): Chromosome {
    return this.options.choices.map((count) => this.#random.int(count));
  }

  mutant(parents: readonly Chromosome[]): Chromosome {
    const { choices, mutationRate } = this.options;
    return this.#random
      .pick(parents)
      .map((gene, i) => (this.#random.chance(mutationRate) ? this.#random.int(choices[i]) : gene));
  }

  crossing(parents: readonly Chromosome[]): Chromosome {
    const [one, other] = [this.#random.pick(parents), this.#random.pick(parents)];
    return one.map((gene, i) => (this.#random.chance(0.5) ? gene : other[i]));
  }
}

function checkEvolution(options: EvolutionOptions): void {
  const { choices, budget, bucket, mutationRate, initial, rounds, offspring } = options;
  const fail = (what: string) => {
    throw new OnebitError('ERR_USAGE', `evolve: ${what}`);
  };
  const isCount = (value: number, least: number) => Number.isInteger(value) && value >= least;
  if (choices.length === 0 || !choices.every((count) => isCount(count, 1))) {
    fail(`every gene needs at least one choice, got [${choices.join(', ')}]`);
  }
  for (const [name, value, least] of [
    ['initial', initial, 1],
    ['rounds', rounds, 0],
    ['offspring', offspring, 1],
  ] as const) {
    if (!isCount(value, least)) fail(`${name} must be a whole number of at least ${least}, got ${value}`);
  }
  if (!(mutationRate > 0 && mutationRate <= 1)) fail(`mutationRate must lie in (0, 1], got ${mutationRate}`);
  if (!(bucket > 0)) fail(`bucket must be positive, got ${bucket}`);
  if (!(budget[0] <= budget[1])) fail(`the budget must be a range from low to high, got ${budget.join(' to ')}`);
}

function emptyBudget([low, high]: EvolutionOptions['budget']): OnebitError {
  return new OnebitError(
    'ERR_USAGE',
    `evolve: the budget must have a candidate, none was found between ${low} and ${high}; widen it`,
  );
}
