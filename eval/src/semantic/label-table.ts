import { OnebitError } from '@onebit/common';

/** A map of labels as decoders and arg-max give it: one raw label a pixel, row after row. */
export type LabelArray = Uint8Array | Uint16Array | Int32Array;

/** The kinds of {@link LabelArray}: floats would let half labels through. */
export const labelArrays = [Uint8Array, Uint16Array, Int32Array] as const;

/** Entry of a {@link LabelTable} for raw labels that belong to no class. */
export const VOID_CLASS = -1;

/** Class of each raw label: `table[raw]` is a class index or {@link VOID_CLASS}; raw labels behind its end are refused. */
export type LabelTable = readonly number[];

/**
 * ADE20K numbers its classes from 1 and leaves 0 for unlabelled pixels: 0 becomes void, k becomes class k - 1 (`reduce_zero_label` of
 * mmsegmentation). Use it for the truth; for predictions only where they are numbered from 1, too: a predicted 0 then counts as wrong.
 * @param classes Number of classes, 150 for ADE20K's scene parsing.
 */
export function reduceZeroLabel(classes: number): LabelTable {
  return Array.from({ length: classes + 1 }, (_, raw) => (raw === 0 ? VOID_CLASS : raw - 1));
}

/** Ids of Cityscapes' 19 evaluated classes in the order of their train ids, road to bicycle. */
const cityscapesIds = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33];

/**
 * Cityscapes' `labelIds` (0 to 33) to its 19 train ids, all others to void. For the truth, and for predictions in the form of a submission:
 * one that names a label outside the 19 counts as a miss of the true class and against no other, as in the official evaluation.
 */
export const cityscapesLabels: LabelTable = Array.from({ length: 34 }, (_, id) => cityscapesIds.indexOf(id));

/** What {@link LabelLookup.classOf} answers for a label that nobody announced. */
export const UNKNOWN_LABEL = -2;

/** Raw label -> class of one side, truth or prediction, with the ignore label built in. */
export class LabelLookup {
  readonly #classes: number;
  readonly #table: LabelTable | undefined;
  readonly #ignore: number | null;

  /**
   * @param classes Number of classes.
   * @param table Without one, raw labels are class indices.
   * @param ignore A raw label that is void whatever the table says; null for none.
   */
  constructor(classes: number, table: LabelTable | undefined, ignore: number | null) {
    if (ignore !== null && !Number.isInteger(ignore)) {
      throw new OnebitError('ERR_USAGE', `labels: ignore must be a whole number or null for none, got ${ignore}`);
    }
    const wrong = table?.findIndex((entry) => !Number.isInteger(entry) || entry < VOID_CLASS || entry >= classes) ?? -1;
    if (table !== undefined && wrong >= 0) {
      throw new OnebitError(
        'ERR_USAGE',
        `labels: entry ${wrong} of the label table must be a class, 0 to ${classes - 1}, or ${VOID_CLASS} for void, got ${table[wrong]}`,
      );
    }
    this.#classes = classes;
    this.#table = table;
    this.#ignore = ignore;
  }

  /** Class index, {@link VOID_CLASS} or {@link UNKNOWN_LABEL}. */
  classOf(raw: number): number {
    if (raw === this.#ignore) return VOID_CLASS;
    if (this.#table !== undefined) return this.#table[raw] ?? UNKNOWN_LABEL;
    return raw >= 0 && raw < this.#classes ? raw : UNKNOWN_LABEL;
  }

  /** The labels that are accepted, for messages. */
  toString(): string {
    const labels = this.#table === undefined ? `0 to ${this.#classes - 1}` : `0 to ${this.#table.length - 1}`;
    return this.#ignore === null ? labels : `${labels}, or ${this.#ignore} for void`;
  }
}
