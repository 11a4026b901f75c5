/** The truths of an (image, category) pair, as the matcher sees them. */
export interface PairTruths {
  readonly count: number;
  /** [A, truths] 1: a crowd, or an area outside the range; matching it makes a detection vanish from the counts. */
  readonly ignored: Uint8Array;
  /** [truths] 1: may take any number of detections. */
  readonly crowd: Uint8Array;
  /** [truths] 0: a detection that takes it counts as unmatched, see `Table.remembered`. */
  readonly remembered: Uint8Array;
}

/**
 * Greedy matching of detections and truths of one pair, for every area range and IoU threshold on its own. In descending order of score each
 * detection takes the truth of largest IoU that is still free (of equal ones the last), an ignored one only where no other passes the threshold.
 */
export class Matcher {
  /** How many detections of the pair match in any setting. */
  hits = 0;
  /** [hits] Place of each such detection in the pair. */
  hitDetection = new Int32Array(64);
  /** [hits, A, T] Its truth in each setting; -1 none. */
  match = new Int32Array(0);
  readonly #settings: number;
  readonly #lowest: number;
  #taken = new Uint8Array(0);
  #candidates = new Int32Array(64);

  constructor(
    readonly thresholds: Float64Array,
    readonly areas: number,
  ) {
    this.#settings = areas * thresholds.length;
    this.#lowest = thresholds.reduce((low, threshold) => Math.min(low, threshold), Number.POSITIVE_INFINITY);
  }

  /**
   * @param iou [detections, truths], detections in descending order of score.
   * @param remembers by detection, 0: what it takes stays free.
   */
  matchPair(iou: Float64Array, detections: number, truths: PairTruths, remembers: (detection: number) => number): void {
    this.#reserve(detections, truths.count);
    this.hits = 0;
    for (let detection = 0; detection < detections; detection++) {
      const row = detection * truths.count;
      let candidates = 0;
      for (let truth = 0; truth < truths.count; truth++) {
        if (!(iou[row + truth] < this.#lowest)) this.#candidates[candidates++] = truth;
      }
      if (candidates === 0) continue;
      this.hitDetection[this.hits] = detection;
      if (this.#matchDetection(iou, row, candidates, truths, remembers(detection))) this.hits++;
    }
  }

  /** Fills the next row of `match`; true when there is a match in it. */
  #matchDetection(iou: Float64Array, row: number, candidates: number, truths: PairTruths, remembers: number): boolean {
    const { count } = truths;
    const T = this.thresholds.length;
    let isHit = false;
    for (let setting = 0; setting < this.#settings; setting++) {
      const ignoredFrom = Math.floor(setting / T) * count;
      const takenFrom = setting * count;
      let best = this.thresholds[setting % T];
      let found = -1;
      for (let wanted = 0; wanted < 2 && found < 0; wanted++) {
        for (let i = 0; i < candidates; i++) {
          const truth = this.#candidates[i];
          if (truths.ignored[ignoredFrom + truth] !== wanted) continue;
          if (this.#taken[takenFrom + truth] && !truths.crowd[truth]) continue;
          if (iou[row + truth] < best) continue;
          best = iou[row + truth];
          found = truth;
        }
      }
      this.match[this.hits * this.#settings + setting] = found;
      if (found < 0) continue;
      this.#taken[takenFrom + found] = remembers;
      isHit = true;
    }
    return isHit;
  }

  #reserve(detections: number, truths: number): void {
    if (this.hitDetection.length < detections) this.hitDetection = new Int32Array(2 * detections);
    if (this.match.length < detections * this.#settings) this.match = new Int32Array(2 * detections * this.#settings);
    if (this.#candidates.length < truths) this.#candidates = new Int32Array(2 * truths);
    if (this.#taken.length < truths * this.#settings) this.#taken = new Uint8Array(2 * truths * this.#settings);
    else this.#taken.fill(0, 0, truths * this.#settings);
  }
}
