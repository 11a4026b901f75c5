import { forEachRun } from '../pixel-runs.js';
import { type LabelArray, type LabelLookup, UNKNOWN_LABEL, VOID_CLASS } from './label-table.js';
import { BYTE_LABELS, ByteLabels, PairHistogram } from './pair-histogram.js';

/** Non-zero cells of one image, the first `length` of each array; valid until the next image. */
export interface CellList {
  readonly cells: Uint32Array;
  readonly counts: Float64Array;
  readonly length: number;
}

/** The raw labels below 256 that a lookup knows, and their classes. */
interface ByteClasses {
  readonly raw: Uint8Array;
  readonly classes: Int32Array;
}

/** Largest number of pixels that go into the histogram at once, below its 32 bits. */
const CHUNK = 2 ** 31;

/**
 * Counts the pairs (class of the truth, class of the prediction) of one image after the other. Cell `truth * n + prediction` for n classes,
 * cell `n * n + truth` for predictions that the table calls void.
 *
 * Labels below 256 go through a histogram of raw pairs: void, tables and wrong labels are looked at once a cell instead of once a pixel.
 */
export class PairCounter {
  readonly #classes: number;
  readonly #truth: LabelLookup;
  readonly #prediction: LabelLookup;
  readonly #histogram = new PairHistogram();
  readonly #truthBytes = new ByteLabels();
  readonly #predictionBytes = new ByteLabels();
  readonly #truthLabels: ByteClasses;
  readonly #predictionLabels: ByteClasses;
  #dense: Float64Array | undefined;
  #cells = new Uint32Array(1024);
  #counts = new Float64Array(1024);
  #length = 0;

  constructor(classes: number, truth: LabelLookup, prediction: LabelLookup) {
    this.#classes = classes;
    this.#truth = truth;
    this.#prediction = prediction;
    this.#truthLabels = byteClasses(truth);
    this.#predictionLabels = byteClasses(prediction);
  }

  /** The cells of one image; undefined if a label is unknown where the truth is not void. */
  count(truth: LabelArray, prediction: LabelArray): CellList | undefined {
    this.#length = 0;
    const truthBytes = this.#truthBytes.of(truth);
    const predictionBytes = this.#predictionBytes.of(prediction);
    const complete =
      truthBytes !== undefined && predictionBytes !== undefined
        ? this.#countBytes(truthBytes, predictionBytes)
        : this.#countWide(truth, prediction);
    return complete ? { cells: this.#cells, counts: this.#counts, length: this.#length } : undefined;
  }

  #countBytes(truth: Uint8Array, prediction: Uint8Array): boolean {
    for (let start = 0; start < truth.length; start += CHUNK) {
      const end = Math.min(start + CHUNK, truth.length);
      this.#histogram.add(truth.subarray(start, end), prediction.subarray(start, end));
      if (this.#drain() !== end - start) {
        this.#histogram.cells.fill(0);
        return false;
      }
    }
    return true;
  }

  /** Moves the known cells of the histogram to the list and clears them; returns how many pixels were in them. */
  #drain(): number {
    const { raw, classes } = this.#truthLabels;
    let pixels = 0;
    raw.forEach((label, i) => {
      const row = this.#histogram.cells.subarray(label * BYTE_LABELS, (label + 1) * BYTE_LABELS);
      pixels +=
        classes[i] === VOID_CLASS ? row.reduce((sum, count) => sum + count, 0) : this.#drainRow(row, classes[i]);
      row.fill(0);
    });
    return pixels;
  }

  /** Appends the known cells of one class of the truth to the list. */
  #drainRow(row: Uint32Array, truth: number): number {
    const { raw, classes } = this.#predictionLabels;
    const n = this.#classes;
    let pixels = 0;
    for (let i = 0; i < raw.length; i++) {
      const count = row[raw[i]];
      if (count === 0) continue;
      pixels += count;
      this.#push(classes[i] === VOID_CLASS ? n * n + truth : truth * n + classes[i], count);
    }
    return pixels;
  }

  /** Labels of any size, run by run. */
  #countWide(truth: LabelArray, prediction: LabelArray): boolean {
    const n = this.#classes;
    this.#dense ??= new Float64Array(n * n + n);
    const dense = this.#dense;
    const touched: number[] = []; // so that the other cells, a million for a thousand classes, need not be looked at
    let complete = true;
    forEachRun(truth, prediction, (start, length) => {
      const t = this.#truth.classOf(truth[start]);
      if (t === VOID_CLASS) return;
      const p = this.#prediction.classOf(prediction[start]);
      if (t === UNKNOWN_LABEL || p === UNKNOWN_LABEL) {
        complete = false;
        return;
      }
      const cell = p === VOID_CLASS ? n * n + t : t * n + p;
      if (dense[cell] === 0) touched.push(cell);
      dense[cell] += length;
    });
    for (const cell of touched) {
      this.#push(cell, dense[cell]);
      dense[cell] = 0;
    }
    return complete;
  }

  #push(cell: number, count: number): void {
    if (this.#length === this.#cells.length) {
      const [cells, counts] = [this.#cells, this.#counts];
      this.#cells = new Uint32Array(2 * cells.length);
      this.#counts = new Float64Array(2 * cells.length);
      this.#cells.set(cells);
      this.#counts.set(counts);
    }
    this.#cells[this.#length] = cell;
    this.#counts[this.#length++] = count;
  }
}

function byteClasses(lookup: LabelLookup): ByteClasses {
  const raw = Uint8Array.from({ length: BYTE_LABELS }, (_, label) => label).filter(
    (label) => lookup.classOf(label) !== UNKNOWN_LABEL,
  );
  return { raw, classes: Int32Array.from(raw, (label) => lookup.classOf(label)) };
}
