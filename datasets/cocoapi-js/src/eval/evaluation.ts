import type { PairIou } from './box-iou.js';
import { Grouped } from './grouped.js';
import { Matcher, type PairTruths } from './matcher.js';
import { identity, orderByKey, orderByScore } from './order.js';
import type { Params } from './params.js';
import type { Table } from './table.js';

/** A detection that matches in some setting, or in none; see {@link Evaluation.flags}. */
export const UNMATCHED = 0;
export const MATCHED = 1;
export const IGNORED = 2;

/**
 * The matches of a whole evaluation. Detections are places 0, 1, … in the order (category, score descending, image, file), those beyond the
 * largest limit of their image left out: the order in which curves are walked.
 */
export interface Evaluation {
  readonly params: Params;
  readonly images: number;
  readonly categories: number;
  /** [K + 1] First place of each category. */
  readonly offsets: Int32Array;
  /** Per place: position of the image in `imgIds`. */
  readonly image: Int32Array;
  readonly score: Float64Array;
  readonly area: Float64Array;
  /** Per place: how many detections of the same image and category come before. */
  readonly rank: Int32Array;
  /** Per place: row of `flags`, or -1 for a detection that overlaps no truth. Few do, which is what makes curves cheap. */
  readonly block: Int32Array;
  /** [blocks, A, T] {@link UNMATCHED}, {@link MATCHED} or {@link IGNORED} (matched to an ignored truth). */
  readonly flags: Uint8Array;
  readonly truths: Table;
  /** [A, truths] 1: does not count as an object in that area range. */
  readonly truthIgnored: Uint8Array;
}

/** Detections and truths of an evaluation by (image, category), and how they overlap. */
export interface Pairing {
  readonly params: Params;
  readonly images: number;
  readonly categories: number;
  /** In descending order of score. */
  readonly detections: Grouped;
  readonly truths: Grouped;
  readonly iou: PairIou;
  /** [A, truth rows] see {@link Evaluation.truthIgnored}. */
  readonly truthIgnored: Uint8Array;
  /** Detection rows ordered by (category, score descending, image, file). */
  readonly ranked: Int32Array;
}

/** Sorts the tables. Their `category` columns are positions in `catIds`; without categories all become 0. */
export function pairUp(params: Params, detections: Table, truths: Table, iou: PairIou): Pairing {
  const images = params.imgIds.length;
  const categories = params.useCats ? params.catIds.length : 1;
  const [detectionSequence, truthSequence] = [detections, truths].map((table) => {
    const byCategory = orderByKey(identity(table.rows), table.category, params.catIds.length);
    if (!params.useCats) table.category.fill(0);
    return byCategory;
  });
  // Ties of scores are resolved by image, then by file order: the images are sorted first, then the scores, stably.
  const byScore = orderByScore(orderByKey(detectionSequence, detections.image, images), detections.score);
  const ranked = orderByKey(byScore, detections.category, categories);
  return {
    params,
    images,
    categories,
    detections: new Grouped(detections, ranked, images, categories),
    truths: new Grouped(truths, truthSequence, images, categories),
    iou,
    truthIgnored: ignoredTruths(truths, params.areaRng),
    ranked,
  };
}

function ignoredTruths({ rows, area, crowd }: Table, ranges: Params['areaRng']): Uint8Array {
  const ignored = new Uint8Array(ranges.length * rows);
  ranges.forEach(([low, high], a) => {
    for (let row = 0; row < rows; row++) {
      ignored[a * rows + row] = crowd[row] || area[row] < low || area[row] > high ? 1 : 0;
    }
  });
  return ignored;
}

/** The truths of the pair at places [from, to). */
export function pairTruths(pairing: Pairing, from: number, to: number): PairTruths {
  const { table, order } = pairing.truths;
  const count = to - from;
  const areas = pairing.params.areaRng.length;
  const ignored = new Uint8Array(areas * count);
  const crowd = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const row = order[from + i];
    crowd[i] = table.crowd[row];
    for (let a = 0; a < areas; a++) ignored[a * count + i] = pairing.truthIgnored[a * table.rows + row];
  }
  return { count, ignored, crowd };
}

/** A matcher for the thresholds of the parameters. An IoU of exactly 1 must pass a threshold of 1 in spite of rounding. */
export function matcherOf({ iouThrs, areaRng }: Params): Matcher {
  return new Matcher(
    Float64Array.from(iouThrs, (threshold) => Math.min(threshold, 1 - 1e-10)),
    areaRng.length,
  );
}

/** Matches every pair that has detections and truths. Time is linear in the detections, plus the IoUs of these pairs. */
export function matchAll(pairing: Pairing): Evaluation {
  const { params, detections, truths, ranked, categories } = pairing;
  const { table } = detections;
  const limit = params.maxDets[params.maxDets.length - 1];
  const rank = new Int32Array(table.rows);
  const block = new Int32Array(table.rows).fill(-1);
  const blocks = new FlagBlocks(params.areaRng.length, params.iouThrs.length);
  const matcher = matcherOf(params);
  let truthFrom = 0;
  for (let from = 0; from < table.rows; ) {
    const key = detections.key(from);
    const end = detections.end(from);
    for (let i = from; i < end; i++) rank[detections.order[i]] = i - from;
    while (truthFrom < truths.order.length && truths.key(truthFrom) < key) truthFrom++;
    if (truthFrom < truths.order.length && truths.key(truthFrom) === key) {
      const rows = detections.order.subarray(from, Math.min(end, from + limit));
      const truthTo = truths.end(truthFrom);
      const ofPair = pairTruths(pairing, truthFrom, truthTo);
      const truthRows = truths.order.subarray(truthFrom, truthTo);
      const iou = pairing.iou(rows, truthRows);
      matcher.matchPair(iou, rows.length, ofPair, (detection) => table.remembered[rows[detection]]);
      for (let hit = 0; hit < matcher.hits; hit++) {
        block[rows[matcher.hitDetection[hit]]] = blocks.add(matcher, hit, ofPair, truthRows, truths.table.remembered);
      }
      truthFrom = truthTo;
    }
    from = end;
  }
  const kept = ranked.filter((row) => rank[row] < limit);
  const gather = (column: Int32Array) => Int32Array.from(kept, (row) => column[row]);
  return {
    params,
    images: pairing.images,
    categories,
    offsets: offsetsOf(kept, table.category, categories),
    image: gather(table.image),
    score: Float64Array.from(kept, (row) => table.score[row]),
    area: Float64Array.from(kept, (row) => table.area[row]),
    rank: gather(rank),
    block: gather(block),
    flags: blocks.flags,
    truths: truths.table,
    truthIgnored: pairing.truthIgnored,
  };
}

function offsetsOf(rows: Int32Array, category: Int32Array, categories: number): Int32Array {
  const offsets = new Int32Array(categories + 1);
  for (const row of rows) offsets[category[row] + 1]++;
  for (let k = 0; k < categories; k++) offsets[k + 1] += offsets[k];
  return offsets;
}

/** Growing list of the flags of matched detections. */
class FlagBlocks {
  flags = new Uint8Array(4096);
  #count = 0;
  readonly #settings: number;

  constructor(
    areas: number,
    readonly thresholds: number,
  ) {
    this.#settings = areas * thresholds;
  }

  /** Adds a hit of the matcher; gives the number of its block. */
  add(matcher: Matcher, hit: number, truths: PairTruths, truthRows: Int32Array, remembered: Uint8Array): number {
    const start = this.#count * this.#settings;
    if (this.flags.length < start + this.#settings) {
      const larger = new Uint8Array(2 * (start + this.#settings));
      larger.set(this.flags);
      this.flags = larger;
    }
    for (let setting = 0; setting < this.#settings; setting++) {
      const truth = matcher.match[hit * this.#settings + setting];
      if (truth < 0) continue;
      const isIgnored = truths.ignored[Math.floor(setting / this.thresholds) * truths.count + truth];
      this.flags[start + setting] = isIgnored ? IGNORED : remembered[truthRows[truth]] ? MATCHED : UNMATCHED;
    }
    return this.#count++;
  }
}
