/**
 * Sparse vectors of counts, one an image, in one pair of growing arrays. A label map touches a few dozen of the 441 or 22,500 cells of a
 * confusion matrix.
 */
export class ImageCounts {
  readonly ids: string[] = [];
  /** Entries `offsets[i]` to `offsets[i + 1]` are those of image i. */
  readonly offsets: number[] = [0];
  #cells = new Uint32Array(1024);
  #counts = new Float64Array(1024);

  /** Index of the cell of each entry. */
  get cells(): Uint32Array {
    return this.#cells;
  }

  /** Count of each entry. */
  get counts(): Float64Array {
    return this.#counts;
  }

  /** Appends an image: its first `length` entries of `cells` and `counts`. */
  push(id: string, cells: Uint32Array, counts: Float64Array, length = cells.length): void {
    const start = this.offsets[this.ids.length];
    if (start + length > this.#cells.length) this.#grow(2 * (start + length));
    this.#cells.set(cells.subarray(0, length), start);
    this.#counts.set(counts.subarray(0, length), start);
    this.ids.push(id);
    this.offsets.push(start + length);
  }

  /** Appends an image given as a dense vector. */
  pushDense(id: string, dense: Float64Array): void {
    const cells = Uint32Array.from(dense.keys()).filter((cell) => dense[cell] !== 0);
    this.push(
      id,
      cells,
      Float64Array.from(cells, (cell) => dense[cell]),
    );
  }

  /** Adds image i to a dense vector, `times` times. */
  addTo(dense: Float64Array, i: number, times = 1): void {
    for (let k = this.offsets[i]; k < this.offsets[i + 1]; k++) dense[this.#cells[k]] += times * this.#counts[k];
  }

  /** Adds all images to a dense vector, image i `weights[i]` times. */
  addAll(dense: Float64Array, weights?: Uint32Array): void {
    for (let i = 0; i < this.ids.length; i++) {
      const times = weights === undefined ? 1 : weights[i];
      if (times > 0) this.addTo(dense, i, times);
    }
  }

  #grow(capacity: number): void {
    const [cells, counts] = [this.#cells, this.#counts];
    this.#cells = new Uint32Array(capacity);
    this.#counts = new Float64Array(capacity);
    this.#cells.set(cells);
    this.#counts.set(counts);
  }
}
