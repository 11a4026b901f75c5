import type { RgbImage } from '../image.js';

/**
 * Decoded pictures in memory, up to a number of bytes. Nothing is ever thrown out: epochs visit every picture equally often in random order, so
 * which ones are kept makes no difference, and keeping the first ones costs no bookkeeping.
 */
export class ImageCache {
  readonly #images = new Map<number, RgbImage>();
  #bytes = 0;

  constructor(readonly capacity: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#bytes >= this.capacity;
  }

  get(index: number): RgbImage | undefined {
    return this.#images.get(index);
  }

  add(index: number, image: RgbImage): void {
    if (this.#images.has(index) || this.#bytes + image.data.length > this.capacity) return;
    this.#images.set(index, image);
    this.#bytes += image.data.length;
  }

  clear(): void {
    this.#images.clear();
    this.#bytes = 0;
  }
}
