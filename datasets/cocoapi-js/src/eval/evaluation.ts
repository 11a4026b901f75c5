import type { PairIou } from './box-iou.js';
import { Grouped } from './grouped.js';
import { Matcher, type PairTruths } from './matcher.js';
import { orderByKey, orderByScore, range } from './order.js';
import type { Params } from './params.js';
import type { Table } from './table.js';

/** Values of {@link Evaluation.flags}, as bits: 0 is unmatched. */
export const MATCHED = 1;
/** Matched to a truth that is ignored: the detection leaves the counts. */
const IGNORED = 2;

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
  /** Per place: how many detections of the same image and category come before. */
  readonly rank: Int32Array;
  /** [A, places] 1: the area of the detection is in the range. */
  readonly inside: Uint8Array;
  /** Per place 1: a hit, that is, the detection matches in some setting. Few do, which is what makes curves cheap. */
  readonly isHit: Uint8Array;
  /** Per place: number of hits before it. */
  readonly hitsBefore: Int32Array;
  readonly hits: number;
  /** [A, T, hits] 0 unmatched, 1 matched, 2 matched to a truth that is ignored. */
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
    const byCategory = orderByKey(range(0, table.rows), table.category, params.catIds.length);
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

/** The truths of a pair by their rows. */
export function pairTruths({ params, truths: { table }, truthIgnored }: Pairing, rows: Int32Array): PairTruths {
  const count = rows.length;
  const areas = params.areaRng.length;
  const ignored = new Uint8Array(areas * count);
  const crowd = new Uint8Array(count);
  const remembered = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    crowd[i] = table.crowd[rows[i]];
    remembered[i] = table.remembered[rows[i]];
    for (let a = 0; a < areas; a++) ignored[a * count + i] = truthIgnored[a * table.rows + rows[i]];
  }
  return { count, ignored, crowd, remembered };
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
  const { detections, truths } = pairing;
  const { table } = detections;
  const limit = pairing.params.maxDets[pairing.params.maxDets.length - 1];
  const rank = new Int32Array(table.rows);
  const block = new Int32Array(table.rows).fill(-1);
  const blocks = new FlagBlocks(pairing.params.areaRng.length, pairing.params.iouThrs.length);
  const matcher = matcherOf(pairing.params);
  let truthFrom = 0;
  for (let from = 0, end = 0; from < table.rows; from = end) {
    const key = detections.key(from);
    end = detections.end(from);
    for (let i = from; i < end; i++) rank[detections.order[i]] = i - from;
    while (truthFrom < truths.order.length && truths.key(truthFrom) < key) truthFrom++;
    if (truthFrom === truths.order.length || truths.key(truthFrom) !== key) continue;
    const rows = detections.order.subarray(from, Math.min(end, from + limit));
    const truthRows = truths.order.subarray(truthFrom, truths.end(truthFrom));
    const ofPair = pairTruths(pairing, truthRows);
    const iou = pairing.iou(rows, truthRows);
    matcher.matchPair(iou, rows.length, ofPair, (detection) => table.remembered[rows[detection]]);
    for (let hit = 0; hit < matcher.hits; hit++) {
      block[rows[matcher.hitDetection[hit]]] = blocks.add(matcher, hit, ofPair);
    }
    truthFrom += truthRows.length;
  }
  return inRankedOrder(pairing, rank, block, blocks);
}

/** Columns of the ranked detections within the limit, from columns of the table. */
function inRankedOrder(pairing: Pairing, rankOf: Int32Array, block: Int32Array, blocks: FlagBlocks): Evaluation {
  const { params, categories } = pairing;
  const { table } = pairing.detections;
  const limit = params.maxDets[params.maxDets.length - 1];
  const kept = pairing.ranked.filter((row) => rankOf[row] < limit);
  const places = kept.length;
  const image = new Int32Array(places);
  const score = new Float64Array(places);
  const rank = new Int32Array(places);
  const area = new Float64Array(places);
  const isHit = new Uint8Array(places);
  const hitsBefore = new Int32Array(places);
  const blockOfHit = new Int32Array(blocks.count);
  let hits = 0;
  for (let place = 0; place < places; place++) {
    const row = kept[place];
    image[place] = table.image[row];
    score[place] = table.score[row];
    area[place] = table.area[row];
    rank[place] = rankOf[row];
    hitsBefore[place] = hits;
    if (block[row] < 0) continue;
    isHit[place] = 1;
    blockOfHit[hits++] = block[row];
  }
  return {
    params,
    images: pairing.images,
    categories,
    offsets: offsetsOf(kept, table.category, categories),
    image,
    score,
    rank,
    inside: insideRanges(area, params.areaRng),
    isHit,
    hitsBefore,
    hits,
    flags: blocks.bySetting(blockOfHit),
    truths: pairing.truths.table,
    truthIgnored: pairing.truthIgnored,
  };
}

/** [A, areas] 1 where the area is in the range. */
function insideRanges(areas: Float64Array, ranges: Params['areaRng']): Uint8Array {
  const inside = new Uint8Array(ranges.length * areas.length);
  ranges.forEach(([low, high], a) => {
    const from = a * areas.length;
    for (let i = 0; i < areas.length; i++) inside[from + i] = areas[i] < low || areas[i] > high ? 0 : 1;
  });
  return inside;
}

function offsetsOf(rows: Int32Array, category: Int32Array, categories: number): Int32Array {
  const offsets = new Int32Array(categories + 1);
  for (const row of rows) offsets[category[row] + 1]++;
  for (let k = 0; k < categories; k++) offsets[k + 1] += offsets[k];
  return offsets;
}

/** Growing list of the flags of hits, in the order in which pairs are matched. */
class FlagBlocks {
  count = 0;
  /** [count, A, T] */
  #flags = new Uint8Array(4096);
  readonly #settings: number;

  constructor(
    areas: number,
    readonly thresholds: number,
  ) {
    this.#settings = areas * thresholds;
  }

  /** Adds a hit of the matcher; gives the number of its block. */
  add(matcher: Matcher, hit: number, truths: PairTruths): number {
    const start = this.count * this.#settings;
    if (this.#flags.length < start + this.#settings) {
      const larger = new Uint8Array(2 * (start + this.#settings));
      larger.set(this.#flags);
      this.#flags = larger;
    }
    for (let setting = 0; setting < this.#settings; setting++) {
      const truth = matcher.match[hit * this.#settings + setting];
      if (truth < 0) continue;
      const isIgnored = truths.ignored[Math.floor(setting / this.thresholds) * truths.count + truth];
      this.#flags[start + setting] = isIgnored ? IGNORED : truths.remembered[truth] ? MATCHED : 0;
    }
    return this.count++;
  }

  /** [A, T, hits] The flags of the blocks in this order: the walk along a curve reads them one after the other. */
  bySetting(order: Int32Array): Uint8Array {
    const hits = order.length;
    const flags = new Uint8Array(this.#settings * hits);
    for (let hit = 0; hit < hits; hit++) {
      const start = order[hit] * this.#settings;
      for (let setting = 0; setting < this.#settings; setting++) {
        flags[setting * hits + hit] = this.#flags[start + setting];
      }
    }
    return flags;
  }
}
