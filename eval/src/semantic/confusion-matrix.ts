import { OnebitError } from '@onebit/common';
import type { ImageNote } from '../image-register.js';
import { type ClassSums, classSumsOver } from './class-sums.js';
import { ImageCounts } from './image-counts.js';
import { type LabelOptions, LabelReader } from './label-maps.js';
import type { LabelArray } from './label-table.js';
import { PairCounter } from './pair-counter.js';

export interface ConfusionOptions extends LabelOptions {
  /** Keep the matrix of every image (sparse), for intervals over images and scores per image; default false. */
  readonly keepImages?: boolean;
}

/**
 * Confusion matrix over all images of a set together, filled image by image. Rows are truth, columns prediction. Counts are exact to 2^53.
 *
 * Void pixels of the truth count nowhere, whatever is predicted there. Everywhere else a prediction must name a class: a predicted 255 is
 * refused, because tools that let it pass drop the pixel from one side only.
 */
export class ConfusionMatrix {
  readonly classes: readonly string[];
  /** Pixels of class t predicted as class p, [truth, prediction], row after row. */
  readonly counts: Float64Array;
  /** Pixels of each class whose prediction the table `predictionLabels` calls void, [N]; part of the truth, of no column. */
  readonly missed: Float64Array;
  readonly #cells: Float64Array;
  readonly #reader: LabelReader;
  readonly #counter: PairCounter;
  readonly #kept: ImageCounts | undefined;

  /**
   * @param classes Names of the classes, in the order of their indices.
   * @throws OnebitError ERR_USAGE for no classes or a label table that names others.
   */
  constructor(classes: readonly string[], { keepImages = false, ...labels }: ConfusionOptions = {}) {
    const n = classes.length;
    this.classes = [...classes];
    this.#reader = new LabelReader('confusion matrix', n, labels);
    this.#counter = new PairCounter(n, this.#reader.truth, this.#reader.prediction);
    this.#cells = new Float64Array(n * n + n);
    this.counts = this.#cells.subarray(0, n * n);
    this.missed = this.#cells.subarray(n * n);
    this.#kept = keepImages ? new ImageCounts() : undefined;
  }

  /** Number of images added. */
  get images(): number {
    return this.#reader.images.size;
  }

  /**
   * Adds one image: raw labels of truth and prediction, pixel by pixel, at the size of the truth. An image that is refused leaves the matrix as it was.
   * @throws OnebitError ERR_DATA for maps of different size, an image that came before, or a label outside the classes (with its position).
   */
  add(truth: LabelArray, prediction: LabelArray, image: ImageNote = {}): void {
    const id = this.#reader.begin(truth, prediction, image);
    const list = this.#counter.count(truth, prediction);
    if (list === undefined) throw this.#reader.unknownLabel(truth, prediction, id, image.width);
    for (let i = 0; i < list.length; i++) this.#cells[list.cells[i]] += list.counts[i];
    this.#kept?.push(id, list.cells, list.counts, list.length);
    this.#reader.images.accept(id);
  }

  /** The sums that every metric is made of. */
  classSums(): ClassSums {
    return classSumsOf(this.#cells, this.classes.length);
  }

  /**
   * The matrices of the single images.
   * @throws OnebitError ERR_USAGE unless made with `keepImages`.
   */
  get perImage(): ImageCounts {
    if (this.#kept === undefined) {
      throw new OnebitError('ERR_USAGE', 'confusion matrix: values per image need the option keepImages: true');
    }
    return this.#kept;
  }
}

/** Sums of the classes from the cells of a matrix: n x n counts [truth, prediction], then n misses. */
export function classSumsOf(cells: Float64Array, n: number): ClassSums {
  const sums = classSumsOver(new Float64Array(3 * n));
  const { intersection, truth, predicted } = sums;
  for (let t = 0; t < n; t++) {
    intersection[t] = cells[t * n + t];
    truth[t] = cells[n * n + t];
    for (let p = 0; p < n; p++) {
      truth[t] += cells[t * n + p];
      predicted[p] += cells[t * n + p];
    }
  }
  return sums;
}
