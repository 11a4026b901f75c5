/** Positions, counted down the columns, at which a mask changes between background and foreground, collected in any order. */
export class Changes {
  #positions = new Uint32Array(256);
  #length = 0;

  add(position: number): void {
    if (this.#length === this.#positions.length) {
      const larger = new Uint32Array(2 * this.#length);
      larger.set(this.#positions);
      this.#positions = larger;
    }
    this.#positions[this.#length++] = position;
  }

  /** Runs between the changes of a mask of so many pixels; two changes at one position are none. */
  toCounts(pixels: number): Uint32Array {
    const positions = this.#positions.subarray(0, this.#length).sort();
    let n = 0;
    for (let i = 0; i < positions.length; i++) {
      if (n > 0 && positions[n - 1] === positions[i]) n--;
      else positions[n++] = positions[i];
    }
    if (n > 0 && positions[n - 1] === pixels) n--;
    const counts = new Uint32Array(n + 1);
    let last = 0;
    for (let i = 0; i < n; i++) {
      counts[i] = positions[i] - last;
      last = positions[i];
    }
    counts[n] = pixels - last;
    return counts;
  }
}
