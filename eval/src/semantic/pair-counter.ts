import { type LabelArray, type LabelLookup, UNKNOWN_LABEL, VOID_CLASS } from './label-table.js';
import { BYTE_LABELS, ByteLabels, PairHistogram } from './pair-histogram.js';

/** Non-zero cells of one image, the first `length` of each array; valid until the next image. */
export interface CellList {
  readonly cells: Uint32Array;
  readonly counts: Float64Array;
  readonly length: number;
}

interface ByteLabel {
  readonly raw: number;
  readonly class: number;
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
  readonly #truthLabels: readonly ByteLabel[];
  readonly #predictionLabels: readonly ByteLabel[];
  #cells = new Uint32Array(1024);
  #counts = new Float64Array(1024);
  #length = 0;

  constructor(classes: number, truth: LabelLookup, prediction: LabelLookup) {
    this.#classes = classes;
    this.#truth = truth;
    this.#prediction = prediction;
    this.#truthLabels = byteLabels(truth);
    this.#predictionLabels = byteLabels(prediction);
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
    const histogram = this.#histogram.cells;
    const n = this.#classes;
    let pixels = 0;
    for (const truth of this.#truthLabels) {
      const row = truth.raw * BYTE_LABELS;
      if (truth.class === VOID_CLASS) {
        for (let i = row; i < row + BYTE_LABELS; i++) pixels += histogram[i];
        histogram.fill(0, row, row + BYTE_LABELS);
        continue;
      }
      for (const prediction of this.#predictionLabels) {
        const count = histogram[row + prediction.raw];
        if (count === 0) continue;
        histogram[row + prediction.raw] = 0;
        pixels += count;
        this.#push(prediction.class === VOID_CLASS ? n * n + truth.class : truth.class * n + prediction.class, count);
      }
    }
    return pixels;
  }

  /** Labels of any size, pixel by pixel. */
  #countWide(truth: LabelArray, prediction: LabelArray): boolean {
    const n = this.#classes;
    const dense = new Float64Array(n * n + n);
    for (let i = 0; i < truth.length; i++) {
      const t = this.#truth.classOf(truth[i]);
      if (t === VOID_CLASS) continue;
      const p = this.#prediction.classOf(prediction[i]);
      if (t === UNKNOWN_LABEL || p === UNKNOWN_LABEL) return false;
      dense[p === VOID_CLASS ? n * n + t : t * n + p]++;
    }
    dense.forEach((count, cell) => {
      if (count > 0) this.#push(cell, count);
    });
    return true;
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

/** The labels below 256 that the lookup knows. */
function byteLabels(lookup: LabelLookup): ByteLabel[] {
  return Array.from({ length: BYTE_LABELS }, (_, raw) => ({ raw, class: lookup.classOf(raw) })).filter(
    (label) => label.class !== UNKNOWN_LABEL,
  );
}
