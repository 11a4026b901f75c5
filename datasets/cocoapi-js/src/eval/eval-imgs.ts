import type { CocoId } from '../types.js';
import { matcherOf, type Pairing, pairTruths } from './evaluation.js';
import type { Matcher, PairTruths } from './matcher.js';
import type { EvalAnnotation } from './table.js';

/** The matches of one image, category and area range, as pycocotools lists them in `evalImgs`. */
export interface EvalImg {
  readonly image_id: CocoId;
  /** -1 when categories are not used. */
  readonly category_id: CocoId;
  readonly aRng: readonly [low: number, high: number];
  /** The largest limit. */
  readonly maxDet: number;
  /** [D] In descending order of score, up to `maxDet`. */
  readonly dtIds: readonly CocoId[];
  /** [G] Not ignored ones first. */
  readonly gtIds: readonly CocoId[];
  /** [T, D] Id of the matched truth; 0 none. */
  readonly dtMatches: readonly (readonly CocoId[])[];
  /** [T, G] Id of the matched detection (of a crowd the last one); 0 none. */
  readonly gtMatches: readonly (readonly CocoId[])[];
  /** [D] */
  readonly dtScores: readonly number[];
  /** [G] 1: not counted as an object. */
  readonly gtIgnore: readonly (0 | 1)[];
  /** [T, D] 1: not counted as a detection. */
  readonly dtIgnore: readonly (readonly (0 | 1)[])[];
}

/** IoU of the detections and truths of an image and category. */
export interface IouMatrix {
  /** [D] In descending order of score, up to the largest limit. */
  readonly dtIds: readonly CocoId[];
  /** [G] In file order. */
  readonly gtIds: readonly CocoId[];
  /** [D, G] */
  readonly iou: Float64Array;
}

/** Rows of the two tables that belong to one image and category. */
interface Pair {
  readonly detections: Int32Array;
  readonly truths: Int32Array;
}

/** Reads single pairs of an evaluation again: what `evalImgs` and `computeIoU` show is not kept by the evaluation itself. */
export class PairReader {
  constructor(
    readonly pairing: Pairing,
    readonly detectionList: readonly EvalAnnotation[],
    readonly truthList: readonly EvalAnnotation[],
  ) {}

  /** All pairs, ordered by category, area range, image; null where there is neither detection nor truth. */
  evalImgs(): (EvalImg | null)[] {
    const { params, images, categories } = this.pairing;
    const areas = params.areaRng.length;
    const list: (EvalImg | null)[] = new Array(categories * areas * images).fill(null);
    const matcher = matcherOf(params);
    for (let category = 0; category < categories; category++) {
      for (let image = 0; image < images; image++) {
        const pair = this.#pair(image, category);
        if (pair.detections.length + pair.truths.length === 0) continue;
        const ofAreas = this.#match(pair, matcher, image, category);
        for (let a = 0; a < areas; a++) list[(category * areas + a) * images + image] = ofAreas[a];
      }
    }
    return list;
  }

  /** By positions in `imgIds` and `catIds`. */
  iou(image: number, category: number): IouMatrix {
    const { detections, truths } = this.#pair(image, category);
    const size = detections.length * truths.length;
    return {
      dtIds: this.#detectionIds(detections),
      gtIds: this.#truthIds(truths),
      iou: size === 0 ? new Float64Array(0) : this.pairing.iou(detections, truths).slice(0, size),
    };
  }

  #pair(image: number, category: number): Pair {
    const { params, detections, truths, categories } = this.pairing;
    const key = image * categories + category;
    const from = detections.start(key);
    const to = Math.min(detections.start(key + 1), from + params.maxDets[params.maxDets.length - 1]);
    return {
      detections: detections.order.subarray(from, to),
      truths: truths.order.subarray(truths.start(key), truths.start(key + 1)),
    };
  }

  #match(pair: Pair, matcher: Matcher, image: number, category: number): EvalImg[] {
    const { pairing } = this;
    const { detections, truths } = pair;
    const ofPair = pairTruths(pairing, truths);
    const hasBoth = detections.length > 0 && truths.length > 0;
    const { remembered } = pairing.detections.table;
    const iou = hasBoth ? pairing.iou(detections, truths) : new Float64Array(0);
    matcher.matchPair(iou, detections.length, ofPair, (detection) => remembered[detections[detection]]);
    return pairing.params.areaRng.map((range, a) => ({
      image_id: pairing.params.imgIds[image],
      category_id: pairing.params.useCats ? pairing.params.catIds[category] : -1,
      aRng: range,
      maxDet: pairing.params.maxDets[pairing.params.maxDets.length - 1],
      ...this.#matchesOfArea(pair, ofPair, matcher, a),
    }));
  }

  #matchesOfArea({ detections, truths }: Pair, ofPair: PairTruths, matcher: Matcher, a: number) {
    const { table } = this.pairing.detections;
    const [low, high] = this.pairing.params.areaRng[a];
    const T = matcher.thresholds.length;
    const dtIds = this.#detectionIds(detections);
    const gtIds = this.#truthIds(truths);
    const isIgnored = (truth: number) => (ofPair.ignored[a * ofPair.count + truth] ? 1 : 0);
    const order = [...gtIds.keys()].sort((left, right) => isIgnored(left) - isIgnored(right));
    const isOutside = Array.from(detections, (row) => (table.area[row] < low || table.area[row] > high ? 1 : 0));
    const dtMatches = Array.from(matcher.thresholds, () => noMatches(dtIds));
    const gtMatches = dtMatches.map(() => noMatches(gtIds));
    const dtIgnore = dtMatches.map(() => [...isOutside] as (0 | 1)[]);
    for (let hit = 0; hit < matcher.hits; hit++) {
      const detection = matcher.hitDetection[hit];
      for (let t = 0; t < T; t++) {
        const truth = matcher.match[(hit * matcher.areas + a) * T + t];
        if (truth < 0) continue;
        dtMatches[t][detection] = gtIds[truth];
        gtMatches[t][truth] = dtIds[detection];
        if (isIgnored(truth)) dtIgnore[t][detection] = 1;
        else if (ofPair.remembered[truth]) dtIgnore[t][detection] = 0;
      }
    }
    return {
      dtIds,
      gtIds: order.map((truth) => gtIds[truth]),
      dtMatches,
      gtMatches: gtMatches.map((row) => order.map((truth) => row[truth])),
      dtScores: Array.from(detections, (row) => table.score[row]),
      gtIgnore: order.map(isIgnored) as (0 | 1)[],
      dtIgnore,
    };
  }

  #detectionIds(rows: Int32Array): CocoId[] {
    return Array.from(rows, (row) => this.detectionList[this.pairing.detections.table.source[row]].id);
  }

  #truthIds(rows: Int32Array): CocoId[] {
    return Array.from(rows, (row) => this.truthList[this.pairing.truths.table.source[row]].id);
  }
}

/** A row of matches before there are any: 0 for each id. */
function noMatches(ids: readonly CocoId[]): CocoId[] {
  return ids.map(() => 0);
}
