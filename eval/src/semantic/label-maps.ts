import { OnebitError } from '@onebit/common';
import { type ImageNote, ImageRegister, pixelPlace } from '../image-register.js';
import {
  type LabelArray,
  LabelLookup,
  type LabelTable,
  labelArrays,
  UNKNOWN_LABEL,
  VOID_CLASS,
} from './label-table.js';

/** How raw labels are read; the same for every metric over label maps. */
export interface LabelOptions {
  /** Raw label of truth pixels that count nowhere, whatever is predicted there; default 255, null for none. */
  readonly ignore?: number | null;
  /** Class of each raw label of the truth, e.g. {@link reduceZeroLabel}; without it raw labels are class indices. */
  readonly truthLabels?: LabelTable;
  /** Class of each raw label of the predictions. One that it calls void is a miss of the true class and counts against no other. */
  readonly predictionLabels?: LabelTable;
}

/** The labels of both sides, and the images they came with. */
export class LabelReader {
  readonly truth: LabelLookup;
  readonly prediction: LabelLookup;
  readonly images: ImageRegister;

  /** @param metric For messages, e.g. `confusion matrix`. */
  constructor(metric: string, classes: number, { ignore = 255, truthLabels, predictionLabels }: LabelOptions) {
    if (classes < 1) throw new OnebitError('ERR_USAGE', `${metric}: there must be at least one class`);
    this.images = new ImageRegister(metric);
    this.truth = new LabelLookup(classes, truthLabels, ignore);
    this.prediction = new LabelLookup(classes, predictionLabels, null);
  }

  /**
   * Checks a pair of maps and returns the name of their image.
   * @throws OnebitError ERR_DATA for arrays of another kind, and as {@link ImageRegister.begin} does.
   */
  begin(truth: LabelArray, prediction: LabelArray, image: ImageNote): string {
    const id = this.images.begin(truth.length, prediction.length, image);
    for (const [side, labels] of Object.entries({ truth, prediction })) {
      if (labelArrays.some((kind) => labels instanceof kind)) continue;
      const known = labelArrays.map(({ name }) => name).join(', ');
      throw new OnebitError('ERR_DATA', `${this.images.where(id)}: the ${side} must be one of ${known}`);
    }
    return id;
  }

  /** The error for the first pixel with a label that is not accepted; a prediction at a void pixel may be anything. */
  unknownLabel(truth: LabelArray, prediction: LabelArray, id: string, width: number | undefined): OnebitError {
    const sides = [
      { side: 'truth', labels: truth, lookup: this.truth },
      { side: 'prediction', labels: prediction, lookup: this.prediction },
    ];
    for (let i = 0; i < truth.length; i++) {
      if (this.truth.classOf(truth[i]) === VOID_CLASS) continue;
      const wrong = sides.find(({ labels, lookup }) => lookup.classOf(labels[i]) === UNKNOWN_LABEL);
      if (wrong === undefined) continue;
      const { side, labels, lookup } = wrong;
      return new OnebitError(
        'ERR_DATA',
        `${this.images.where(id)}: the ${side} at ${pixelPlace(i, width)} must be ${lookup}, got ${labels[i]}`,
      );
    }
    throw new Error('every label is known');
  }
}
