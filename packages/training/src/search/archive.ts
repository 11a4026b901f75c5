/** One choice for each gene: the index of what was chosen. */
export type Chromosome = readonly number[];

/** A chromosome that was scored. */
export interface Candidate {
  readonly chromosome: Chromosome;
  readonly cost: number;
  /** What the search makes large. */
  readonly score: number;
}

/** The best candidate of each range of costs, so that one search serves every budget (NAS-BNN, arXiv 2408.15484). */
export class Archive {
  readonly #best = new Map<number, Candidate>();

  /** @param bucket width of a range of costs; the first begins at 0. */
  constructor(private readonly bucket: number) {}

  /** Keeps a candidate if it is better than what its range has; among equals the first stays. */
  add(candidate: Candidate): void {
    const range = Math.floor(candidate.cost / this.bucket);
    const before = this.#best.get(range);
    if (before === undefined || candidate.score > before.score) this.#best.set(range, candidate);
  }

  /** What is kept, the cheapest range first. */
  get best(): Candidate[] {
    return [...this.#best].sort(([a], [b]) => a - b).map(([, candidate]) => candidate);
  }
}

/** The candidates than which none costs less or as much and scores more or as much: from the cheapest to the best. */
export function paretoFront(candidates: readonly Candidate[]): Candidate[] {
  const byCost = [...candidates].sort((a, b) => a.cost - b.cost || b.score - a.score);
  let highest = Number.NEGATIVE_INFINITY;
  return byCost.filter(({ score }) => {
    if (score <= highest) return false;
    highest = score;
    return true;
  });
}
