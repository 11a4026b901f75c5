import { OnebitError } from '@onebit/common';
import { type LabelArray, LabelLookup, type LabelTable, UNKNOWN_LABEL, VOID_CLASS } from './label-table.js';

/** How raw labels are read; the same for every metric over label maps. */
export interface LabelOptions {
  /** Raw label of truth pixels that count nowhere, whatever is predicted there; default 255, null for none. */
  readonly ignore?: number | null;
  /** Class of each raw label of the truth, e.g. {@link reduceZeroLabel}; without it raw labels are class indices. */
  readonly truthLabels?: LabelTable;
  /** Class of each raw label of the predictions. One that it calls void is a miss of the true class and counts against no other. */
  readonly predictionLabels?: LabelTable;
}

/** What a message can say about an image, and what kept results are known by. */
export interface ImageNote {
  /** Name of the image; must not come twice. Default: its number in the order of arrival. */
  readonly id?: string;
  /** Width in pixels: positions in messages then are rows and columns, too. */
  readonly width?: number;
}

/** The labels of both sides and the checks that belong to them. */
export class LabelReader {
  readonly truth: LabelLookup;
  readonly prediction: LabelLookup;
  readonly #metric: string;
  readonly #ids = new Set<string>();

  constructor(metric: string, classes: number, { ignore = 255, truthLabels, predictionLabels }: LabelOptions) {
    if (classes < 1) throw new OnebitError('ERR_USAGE', `${metric}: there must be at least one class`);
    this.#metric = metric;
    this.truth = new LabelLookup(classes, truthLabels, ignore);
    this.prediction = new LabelLookup(classes, predictionLabels, null);
  }

  /** Checks the sizes and that the image is new; returns its name. Call {@link accept} when it has been counted. */
  begin(truth: LabelArray, prediction: LabelArray, { id = String(this.#ids.size), width }: ImageNote): string {
    if (this.#ids.has(id)) throw new OnebitError('ERR_DATA', `${this.#metric}: image ${id} was added twice`);
    if (truth.length !== prediction.length) {
      throw new OnebitError(
        'ERR_DATA',
        `${this.#metric}: image ${id}: the truth has ${truth.length} pixels, the prediction ${prediction.length}; ` +
          'bring scores to the size of the truth before the arg-max',
      );
    }
    if (width !== undefined && !(Number.isInteger(width) && width > 0 && truth.length % width === 0)) {
      throw new OnebitError(
        'ERR_DATA',
        `${this.#metric}: image ${id}: ${truth.length} pixels are no whole number of rows of width ${width}`,
      );
    }
    return id;
  }

  /** The image has been counted: its name is taken. */
  accept(id: string): void {
    this.#ids.add(id);
  }

  /** The error for the first pixel with a label outside the accepted ones; a prediction at a void pixel may be anything. */
  unknownLabel(truth: LabelArray, prediction: LabelArray, id: string, width: number | undefined): OnebitError {
    const sides = [
      { side: 'truth', labels: truth, lookup: this.truth },
      { side: 'prediction', labels: prediction, lookup: this.prediction },
    ];
    for (let i = 0; i < truth.length; i++) {
      for (const { side, labels, lookup } of this.truth.classOf(truth[i]) === VOID_CLASS ? [] : sides) {
        if (lookup.classOf(labels[i]) !== UNKNOWN_LABEL) continue;
        const place = width === undefined ? '' : ` (row ${Math.floor(i / width)}, column ${i % width})`;
        return new OnebitError(
          'ERR_DATA',
          `${this.#metric}: image ${id}: the ${side} at pixel ${i}${place} must be ${lookup}, got ${labels[i]}`,
        );
      }
    }
    throw new Error('every label is known');
  }
}
