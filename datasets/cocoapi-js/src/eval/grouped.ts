import { orderByKey } from './order.js';
import type { Table } from './table.js';

/** Rows of a table ordered by (image, category); the rows of one such pair keep the order they came in. */
export class Grouped {
  /** Row numbers. */
  readonly order: Int32Array;

  /** @param sequence rows ordered by category already. */
  constructor(
    readonly table: Table,
    sequence: Int32Array,
    images: number,
    /** How many categories there are. */
    readonly categories: number,
  ) {
    this.order = orderByKey(sequence, table.image, images);
  }

  /** Number of the (image, category) pair at a place of the order. */
  key(place: number): number {
    const row = this.order[place];
    return this.table.image[row] * this.categories + this.table.category[row];
  }

  /** Place after the last row of the pair that starts at `from`. */
  end(from: number): number {
    const key = this.key(from);
    let to = from + 1;
    while (to < this.order.length && this.key(to) === key) to++;
    return to;
  }

  /** First place whose pair is `key` or a later one. */
  start(key: number): number {
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.key(middle) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
