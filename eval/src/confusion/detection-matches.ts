/** One image as the confusion matrix of detections sees it. Labels are indices into the class list. */
export interface ImageOverlaps {
  /** An ignored object (crowd, difficult) is neither found nor missed, and a detection of its class on it does not count. */
  readonly truths: readonly { readonly label: number; readonly ignored?: boolean }[];
  readonly detections: readonly { readonly label: number; readonly score: number }[];
  /** [detections, truths] IoU by the caller's rule, row-major. */
  readonly overlaps: ArrayLike<number>;
}

interface Candidate {
  readonly label: number;
  readonly score: number;
  /** Objects that overlap enough, the nearest first. */
  readonly near: readonly Truth[];
  /** Its object, `ignored`, or nothing. */
  readonly match: Truth | 'ignored' | undefined;
}
interface Truth {
  readonly label: number;
  readonly ignored: boolean;
}

/**
 * Which detection is which object, for a confusion matrix and for a histogram of scores. In every image, detections in descending order of
 * score first take the nearest free object of their own class; so the matches at a score are those of all lower ones as well, and the diagonal
 * of the matrix is the number of true positives. What is left then takes free objects of other classes.
 */
export class DetectionMatches {
  readonly #images: { readonly truths: readonly Truth[]; readonly candidates: readonly Candidate[] }[] = [];

  /**
   * @param classes number of classes
   * @param iou overlap that a match needs at least, in (0, 1]
   */
  constructor(
    readonly classes: number,
    readonly iou: number,
  ) {}

  /** Adds an image; detections of equal score are ranked in their order. */
  addImage({ truths: given, detections, overlaps }: ImageOverlaps): void {
    const truths = given.map(({ label, ignored }) => ({ label, ignored: ignored ?? false }));
    const taken = new Set<Truth>();
    const candidates = detections
      .map(({ label, score }, d) => ({ label, score, d }))
      .sort((a, b) => b.score - a.score)
      .map(({ label, score, d }): Candidate => {
        const of = (g: number) => overlaps[d * truths.length + g];
        const near = truths
          .map((truth, g) => ({ truth, overlap: of(g) }))
          .filter(({ overlap }) => overlap >= this.iou)
          .sort((a, b) => b.overlap - a.overlap)
          .map(({ truth }) => truth);
        const own = near.filter((truth) => truth.label === label);
        const free = own.find((truth) => !truth.ignored && !taken.has(truth));
        if (free) taken.add(free);
        return { label, score, near, match: free ?? (own.some(({ ignored }) => ignored) ? 'ignored' : undefined) };
      });
    this.#images.push({ truths, candidates });
  }

  /** Scores of the detections that are an object of their class, and of those that are not; ignored ones are in neither list. */
  scores(): { readonly found: number[]; readonly wrong: number[] } {
    const lists = { found: [] as number[], wrong: [] as number[] };
    for (const { candidates } of this.#images) {
      for (const { score, match } of candidates) {
        if (match !== 'ignored') lists[match === undefined ? 'wrong' : 'found'].push(score);
      }
    }
    return lists;
  }

  /** The lowest score of the cut with the largest F1 over all classes, 2 TP / (detections + objects); 1 when nothing was found. */
  bestScore(): number {
    const { found, wrong } = this.scores();
    const objects = this.#images.reduce((sum, { truths }) => sum + truths.filter(({ ignored }) => !ignored).length, 0);
    const all = [...found.map((score) => ({ score, hit: 1 })), ...wrong.map((score) => ({ score, hit: 0 }))];
    all.sort((a, b) => b.score - a.score);
    let [best, bestScore, hits] = [0, 1, 0];
    for (const [i, { score, hit }] of all.entries()) {
      hits += hit;
      const f1 = (2 * hits) / (i + 1 + objects);
      // Detections of equal score are kept or dropped together.
      if (f1 > best && all[i + 1]?.score !== score) [best, bestScore] = [f1, score];
    }
    return bestScore;
  }

  /**
   * Counts [classes + 1, classes + 1] of the detections with at least `score`: rows are the objects' classes, columns the detections'. The last
   * row holds detections on background, the last column objects that nothing found.
   */
  confusion(score: number): number[][] {
    const size = this.classes + 1;
    const counts = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    for (const { truths, candidates } of this.#images) {
      const kept = candidates.filter((candidate) => candidate.score >= score);
      const taken = new Set(kept.map(({ match }) => match));
      for (const { label, near, match } of kept) {
        if (match === 'ignored') continue;
        const truth = match ?? near.find((other) => !other.ignored && !taken.has(other));
        taken.add(truth);
        counts[truth?.label ?? this.classes][label]++;
      }
      for (const truth of truths) if (!truth.ignored && !taken.has(truth)) counts[truth.label][this.classes]++;
    }
    return counts;
  }
}
