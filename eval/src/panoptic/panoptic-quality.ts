import { OnebitError } from '@onebit/common';
import type { ImageMetrics } from '../bootstrap/image-metric.js';
import { type ImageNote, ImageRegister } from '../image-register.js';
import { checkRatio } from '../semantic/boundary-iou.js';
import { type PanopticImageResult, scorePanopticImage } from './panoptic-image.js';
import type { PanopticCategory, PanopticMap } from './segments.js';

export interface PanopticOptions {
  /**
   * Default true: a truth whose list and pixels do not agree is refused. False: what the list of the truth says is taken as it stands, as
   * panopticapi does: its areas, its segments without pixels, its ids that are not listed.
   */
  readonly strict?: boolean;
  /** Boundary PQ: the IoU is min(mask IoU, boundary IoU) at this share of the diagonal; images then need their width. */
  readonly boundaryRatio?: number;
}

/** Score of a group of categories, or of one. */
export interface PanopticScore {
  /** Panoptic quality, in [0, 1]; of one category `sq * rq`. NaN for a group in which nothing occurs. */
  readonly pq: number;
  /** Segmentation quality: mean IoU of the matches. */
  readonly sq: number;
  /** Recognition quality: F1 of the segments. */
  readonly rq: number;
}

/** One category. Where it does not occur at all, its scores are 0 and it is in no mean. */
export interface PanopticCategoryResult extends PanopticScore {
  readonly id: number;
  readonly name: string;
  readonly isthing: boolean;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  /** Sum of the IoU of the matches. */
  readonly iouSum: number;
  readonly inMean: boolean;
}

/** Means over the categories of a group that occur. */
export interface PanopticGroupResult extends PanopticScore {
  /** How many categories the means are over. */
  readonly categories: number;
}

export interface PanopticQuality {
  /** Given for boundary PQ. */
  readonly boundaryRatio?: number;
  readonly all: PanopticGroupResult;
  readonly things: PanopticGroupResult;
  readonly stuff: PanopticGroupResult;
  readonly perCategory: readonly PanopticCategoryResult[];
}

/**
 * Panoptic quality by the rules of COCO, filled image by image (Kirillov, He, Girshick, Rother, Dollar, CVPR 2019, arXiv 1801.00868).
 * Segments match when category and more than half of their union agree; pixels whose truth is void take no part in the union; crowds are
 * never matched and never missed; a prediction that lies for more than half on void and on the crowd of its category is not wrong.
 */
export class PanopticEvaluator {
  readonly #categories: readonly PanopticCategory[];
  readonly #indices: ReadonlyMap<number, number>;
  readonly #strict: boolean;
  readonly #boundaryRatio: number | undefined;
  readonly #register = new ImageRegister('panoptic quality');
  readonly #images: PanopticImageResult[] = [];

  /** @throws OnebitError ERR_USAGE for a doubled category or a ratio that is not positive. */
  constructor(categories: readonly PanopticCategory[], { strict = true, boundaryRatio }: PanopticOptions = {}) {
    this.#categories = [...categories];
    this.#indices = new Map(categories.map(({ id }, i) => [id, i]));
    this.#strict = strict;
    this.#boundaryRatio = boundaryRatio;
    if (this.#indices.size < categories.length) {
      throw new OnebitError('ERR_USAGE', 'panoptic quality: two categories have the same id');
    }
    if (boundaryRatio !== undefined) checkRatio(boundaryRatio);
  }

  /**
   * Adds one image. An image that is refused leaves the score as it was.
   * @throws OnebitError ERR_DATA for maps of different size, an image that came before, and lists of segments that do not fit the pixels or
   * the categories.
   */
  add(truth: PanopticMap, prediction: PanopticMap, image: ImageNote = {}): void {
    const id = this.#register.begin(truth.ids.length, prediction.ids.length, image);
    const where = this.#register.where(id);
    const { width } = image;
    const boundaryRatio = this.#boundaryRatio;
    if (boundaryRatio !== undefined) this.#register.needWidth(id, width);
    const options = { where, categoryIndices: this.#indices, strict: this.#strict, boundaryRatio, width };
    this.#images.push(scorePanopticImage(truth, prediction, options));
    this.#register.accept(id);
  }

  /**
   * The score of everything added so far.
   * @param weights How often each image counts, [images]; default once.
   */
  result(weights?: Uint32Array): PanopticQuality {
    const sums = this.#sums(weights);
    const perCategory = this.#categories.map(({ id, name, isthing }, i): PanopticCategoryResult => {
      const { iouSum, truePositives, falsePositives, falseNegatives } = sums[i];
      const weight = truePositives + falsePositives / 2 + falseNegatives / 2;
      const inMean = weight > 0;
      return {
        id,
        name,
        isthing: Boolean(isthing),
        pq: inMean ? iouSum / weight : 0,
        sq: truePositives > 0 ? iouSum / truePositives : 0,
        rq: inMean ? truePositives / weight : 0,
        ...sums[i],
        inMean,
      };
    });
    return {
      boundaryRatio: this.#boundaryRatio,
      all: groupMean(perCategory),
      things: groupMean(perCategory.filter(({ isthing }) => isthing)),
      stuff: groupMean(perCategory.filter(({ isthing }) => !isthing)),
      perCategory,
    };
  }

  /** PQ, SQ and RQ of all categories, PQ of things and of stuff, and PQ of every category, for the bootstrap. */
  imageMetrics(): ImageMetrics {
    const ids = this.#register.ids;
    const boundary = this.#boundaryRatio === undefined ? '' : ` (boundary, ratio ${this.#boundaryRatio})`;
    const names = [
      'PQ',
      'SQ',
      'RQ',
      'PQ of things',
      'PQ of stuff',
      ...this.#categories.map(({ name }) => `PQ of ${name}`),
    ];
    return {
      names: names.map((name) => name + boundary),
      images: ids.length,
      imageIds: ids,
      values: (weights) => {
        const { all, things, stuff, perCategory } = this.result(weights);
        const ofCategories = perCategory.map(({ pq, inMean }) => (inMean ? pq : Number.NaN));
        return [all.pq, all.sq, all.rq, things.pq, stuff.pq, ...ofCategories];
      },
    };
  }

  #sums(weights: Uint32Array | undefined) {
    const sums = this.#categories.map(() => ({ iouSum: 0, truePositives: 0, falsePositives: 0, falseNegatives: 0 }));
    for (const [image, { matches, falsePositives, falseNegatives }] of this.#images.entries()) {
      const times = weights === undefined ? 1 : weights[image];
      if (times === 0) continue;
      for (const { category, iou } of matches) {
        sums[category].iouSum += times * iou;
        sums[category].truePositives += times;
      }
      for (const category of falsePositives) sums[category].falsePositives += times;
      for (const category of falseNegatives) sums[category].falseNegatives += times;
    }
    return sums;
  }
}

function groupMean(categories: readonly PanopticCategoryResult[]): PanopticGroupResult {
  const present = categories.filter(({ inMean }) => inMean);
  // Added from left to right, as COCO's tool does.
  const mean = (key: 'pq' | 'sq' | 'rq') => present.reduce((sum, category) => sum + category[key], 0) / present.length;
  return { pq: mean('pq'), sq: mean('sq'), rq: mean('rq'), categories: present.length };
}
