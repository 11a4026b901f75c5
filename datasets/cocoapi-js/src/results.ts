import type { CocoDataset } from './dataset.js';
import { logBox } from './entries.js';
import { CocoError } from './errors.js';
import {
  checkBox,
  checkFields,
  checkId,
  checkKeypoints,
  checkNumber,
  checkRle,
  checkText,
  type Fields,
  wrong,
} from './fields.js';
import type { DocumentVisitor } from './json/scan.js';
import { logMaskSize } from './links.js';
import { areaOf, boxOf } from './mask/measure.js';
import { readRle } from './mask/rle.js';
import { type ProblemLog, show } from './problems.js';
import type { CocoAnnotation, CocoBox, CocoId, CocoImage } from './types.js';

/** What the first result decides for all of them. */
type ResultKind = 'caption' | 'bbox' | 'segmentation' | 'keypoints';

/** A data set in which results can be looked for. */
export interface Truth {
  readonly file: string;
  readonly strict: boolean;
  readonly dataset: CocoDataset;
  readonly imgs: ReadonlyMap<CocoId, CocoImage>;
  readonly cats: ReadonlyMap<CocoId, unknown>;
}

/**
 * Makes annotations of results, as pycocotools' `loadRes`: ids count from 1, `area` and `bbox` follow from what the first result has, `iscrowd` is 0. Keys that COCO's
 * results do not have are not kept. The results themselves are not changed.
 */
export class ResultReader implements DocumentVisitor {
  readonly annotations: CocoAnnotation[] = [];
  readonly #entry: { readonly file: string; readonly list: string; index: number };
  #kind?: ResultKind;

  constructor(
    readonly truth: Truth,
    file: string,
    readonly log: ProblemLog,
  ) {
    this.#entry = { file, list: 'results', index: 0 };
  }

  elements(member: string, values: readonly unknown[]): void {
    if (member !== '') throw this.#notResults();
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      checkFields(value, this.#entry);
      this.#kind ??= this.#kindOf(value);
      this.annotations.push(this.#annotation(value, this.#kind));
      this.#entry.index++;
    }
  }

  value(): void {
    throw this.#notResults();
  }

  /** The lists of the loaded results. @throws CocoError when there is none. */
  finish(): CocoDataset {
    const { annotations } = this;
    if (annotations.length === 0) {
      throw new CocoError(
        this.#entry.file,
        '',
        'must hold at least one result, found none: nothing was detected, or the wrong file was written',
      );
    }
    const { images, categories, info } = this.truth.dataset;
    if (this.#kind !== 'caption') return { images, annotations, categories, info };
    const described = new Set(annotations.map(({ image_id }) => image_id));
    return { images: images.filter(({ id }) => described.has(id)), annotations, categories, info };
  }

  #notResults(): CocoError {
    return new CocoError(
      this.#entry.file,
      '',
      'must be a list of results, found an object, as annotation files have: COCO.read takes these',
    );
  }

  #kindOf(first: Fields): ResultKind {
    if (first.caption !== undefined) return 'caption';
    if (first.bbox !== undefined && !(Array.isArray(first.bbox) && first.bbox.length === 0)) return 'bbox';
    if (first.segmentation !== undefined) return 'segmentation';
    if (first.keypoints !== undefined) return 'keypoints';
    throw wrong(this.#entry, '', 'must have bbox, segmentation, keypoints or caption', first);
  }

  #annotation(result: Fields, kind: ResultKind): CocoAnnotation {
    const entry = this.#entry;
    const image = this.#image(result);
    if (kind === 'caption') {
      checkText(result.caption, entry, 'caption');
      const { image_id, caption } = result;
      return { id: entry.index + 1, image_id, caption } as CocoAnnotation;
    }
    this.#checkCategory(result.category_id);
    const { score } = result;
    checkNumber(score, entry, 'score');
    if (!Number.isFinite(score)) this.log.add('invalid-number', entry.list, entry.index, '.score', score);
    const { area, bbox } = this.#measure(result, kind, image);
    const id = entry.index + 1;
    const { image_id, category_id, segmentation } = result;
    // Object literals of one shape are made several times faster than copies by spread.
    const annotation = { id, image_id, category_id, bbox, score, area, iscrowd: 0, segmentation } as CocoAnnotation;
    return kind === 'keypoints' ? { ...annotation, keypoints: result.keypoints as number[] } : annotation;
  }

  #measure(result: Fields, kind: 'bbox' | 'segmentation' | 'keypoints', image: CocoImage) {
    const entry = this.#entry;
    const { bbox, segmentation, keypoints } = result;
    if (segmentation !== undefined && kind !== 'keypoints') {
      checkRleText(segmentation, kind, entry);
      logMaskSize(result as Pick<CocoAnnotation, 'segmentation'>, image, entry.list, entry.index, this.log);
    }
    if (kind === 'bbox') {
      checkBox(bbox, entry);
      logBox(bbox, entry, this.log);
      return { area: bbox[2] * bbox[3], bbox };
    }
    if (kind === 'keypoints') {
      checkKeypoints(keypoints, entry);
      return hull(keypoints);
    }
    checkRle(segmentation, entry);
    try {
      const runs = readRle(segmentation, { strict: this.truth.strict });
      return { area: areaOf(runs), bbox: boxOf(runs, { strict: this.truth.strict }) };
    } catch (cause) {
      if (!(cause instanceof CocoError)) throw cause;
      throw new CocoError(entry.file, `results[${entry.index}].segmentation.${cause.place}`, cause.complaint, {
        cause,
      });
    }
  }

  /** @throws CocoError for an image that the ground truth has not, in every mode, as pycocotools. */
  #image(result: Fields): CocoImage {
    const { image_id } = result;
    checkId(image_id, this.#entry, 'image_id');
    const image = this.truth.imgs.get(image_id);
    if (image) return image;
    const other = typeof image_id === 'number' ? String(image_id) : Number(image_id);
    const hint = this.truth.imgs.has(other)
      ? `; it has ${show(other)}: write ids as they stand there`
      : ' (pycocotools: "Results do not correspond to current coco set")';
    throw wrong(this.#entry, '.image_id', `must be the id of an image of ${this.truth.file}${hint}`, image_id);
  }

  #checkCategory(id: unknown): void {
    checkId(id, this.#entry, 'category_id');
    if (!this.truth.cats.has(id)) this.log.add('unknown-category', 'results', this.#entry.index, '.category_id', id);
  }
}

/** Masks beside boxes may have any form; where the area comes from them, pycocotools takes compressed ones alone. */
function checkRleText(
  segmentation: unknown,
  kind: 'bbox' | 'segmentation',
  entry: Parameters<typeof checkRle>[1],
): void {
  if (kind === 'bbox' && Array.isArray(segmentation)) return;
  checkRle(segmentation, entry);
  if (kind === 'segmentation' && typeof segmentation.counts !== 'string') {
    throw wrong(entry, '.segmentation.counts', 'must be compressed (mask.frPyObjects does it)', segmentation.counts);
  }
}

/** Box around all points, labelled or not. */
function hull(keypoints: readonly number[]): { area: number; bbox: CocoBox } {
  let [left, top, right, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (let i = 0; i < keypoints.length; i += 3) {
    left = Math.min(left, keypoints[i]);
    right = Math.max(right, keypoints[i]);
    top = Math.min(top, keypoints[i + 1]);
    bottom = Math.max(bottom, keypoints[i + 1]);
  }
  return { area: (right - left) * (bottom - top), bbox: [left, top, right - left, bottom - top] };
}
