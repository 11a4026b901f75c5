import type { LabelArray } from './label-table.js';

/** Rows and columns of the table: all values of a byte, so that no pixel needs a check. */
export const BYTE_LABELS = 256;

/**
 * Counts pairs of byte labels: `cells[truth * 256 + prediction]`, at most 2^32 - 1 pixels between two resets.
 *
 * Four pixels of both maps are one 32-bit load each. Label maps are made of areas, so mostly both words equal the words before them:
 * then only the length of the run grows and the table is not touched, which also avoids that an increment has to wait for the store
 * of the one before. What ends a run adds its length to four cells. On noise no run is longer than one and the branch is always predicted.
 */
export class PairHistogram {
  readonly cells = new Uint32Array(BYTE_LABELS * BYTE_LABELS);

  /** Adds the pixels of two maps of equal length. */
  add(truth: Uint8Array, prediction: Uint8Array): void {
    const truthWords = wordsOf(truth);
    const predictionWords = wordsOf(prediction);
    let truthWord = 0;
    let predictionWord = 0;
    let run = 0;
    for (let i = 0; i < truthWords.length; i++) {
      const t = truthWords[i];
      const p = predictionWords[i];
      if (t === truthWord && p === predictionWord) {
        run++;
        continue;
      }
      this.#addWords(truthWord, predictionWord, run);
      truthWord = t;
      predictionWord = p;
      run = 1;
    }
    this.#addWords(truthWord, predictionWord, run);
    for (let i = truthWords.length * 4; i < truth.length; i++) this.cells[(truth[i] << 8) | prediction[i]]++;
  }

  /** Adds `times` to the cells of the four pixels of two words; which byte is which pixel is of no account. */
  #addWords(truth: number, prediction: number, times: number): void {
    const { cells } = this;
    cells[((truth & 0xff) << 8) | (prediction & 0xff)] += times;
    cells[(truth & 0xff00) | ((prediction >>> 8) & 0xff)] += times;
    cells[((truth >>> 8) & 0xff00) | ((prediction >>> 16) & 0xff)] += times;
    cells[((truth >>> 16) & 0xff00) | (prediction >>> 24)] += times;
  }
}

/** The whole 32-bit words of an array; of a copy where it does not start at a multiple of four. */
function wordsOf(labels: LabelArray): Int32Array {
  const aligned = labels.byteOffset % 4 === 0 ? labels : labels.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >>> 2);
}

/** Narrows label maps to bytes in a buffer that is kept between images. */
export class ByteLabels {
  #buffer = new Uint8Array(0);

  /** The labels as bytes, valid until the next call; undefined if one does not fit. Byte arrays are returned as they are. */
  of(labels: LabelArray): Uint8Array | undefined {
    if (labels instanceof Uint8Array) return labels;
    if (!fitBytes(labels)) return undefined;
    if (this.#buffer.length < labels.length) this.#buffer = new Uint8Array(labels.length);
    const bytes = this.#buffer.subarray(0, labels.length);
    bytes.set(labels);
    return bytes;
  }
}

/** Whether all labels are 0 to 255: whether their words together have no bit above the low byte of a label. */
function fitBytes(labels: Uint16Array | Int32Array): boolean {
  const words = wordsOf(labels);
  const whole = words.length - (words.length % 4);
  let bits = 0;
  for (let i = 0; i < whole; i += 4) bits |= words[i] | words[i + 1] | words[i + 2] | words[i + 3];
  for (let i = whole; i < words.length; i++) bits |= words[i];
  if (labels.byteLength % 4 !== 0) bits |= labels[labels.length - 1]; // the odd label behind the words
  return (bits & (labels instanceof Uint16Array ? 0xff00ff00 : 0xffffff00)) === 0;
}
