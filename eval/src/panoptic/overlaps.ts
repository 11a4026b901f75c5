/** Pixels that segment t of the truth and segment p of the prediction share; index 0 is void on both sides. */
export interface Overlap {
  readonly truth: number;
  readonly prediction: number;
  readonly pixels: number;
}

/** All overlaps of one image. */
export class Overlaps {
  /** Area of each segment of the truth by index, void first. */
  readonly truthAreas: Float64Array;
  /** Area of each segment of the prediction by index, void first. */
  readonly predictionAreas: Float64Array;
  readonly #pixels = new Map<number, number>();

  /** @param truths, predictions Number of indices on either side, void included. */
  constructor(truths: number, predictions: number) {
    this.truthAreas = new Float64Array(truths);
    this.predictionAreas = new Float64Array(predictions);
  }

  add(truth: number, prediction: number, pixels: number): void {
    const key = truth * this.predictionAreas.length + prediction;
    this.#pixels.set(key, (this.#pixels.get(key) ?? 0) + pixels);
    this.truthAreas[truth] += pixels;
    this.predictionAreas[prediction] += pixels;
  }

  /** Shared pixels of two segments. */
  of(truth: number, prediction: number): number {
    return this.#pixels.get(truth * this.predictionAreas.length + prediction) ?? 0;
  }

  /** The pairs that share pixels. */
  *pairs(): Generator<Overlap> {
    const columns = this.predictionAreas.length;
    for (const [key, pixels] of this.#pixels) {
      yield { truth: Math.floor(key / columns), prediction: key % columns, pixels };
    }
  }
}
