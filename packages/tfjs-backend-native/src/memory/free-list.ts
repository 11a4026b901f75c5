/** A piece of a slab: in use, or waiting in a {@link FreeList}. Neighbours in memory are linked, so that free ones find each other. */
export interface Block {
  readonly slab: Slab;
  /** First byte, from the beginning of the slab. */
  offset: number;
  bytes: number;
  free: boolean;
  before?: Block;
  after?: Block;
}

/** A large piece of memory that blocks are cut from. */
export interface Slab {
  /** Counts up in the order of allocation. */
  readonly id: number;
  readonly buffer: ArrayBuffer;
  /** End of the furthest block there ever was: memory behind it was never written to. */
  reached: number;
}

/**
 * Free blocks, smallest first; of equal ones the one in the older slab and at the lower address, so that which block is taken depends on the requests
 * alone. A sorted array: even a deep network leaves only some hundred free blocks, and moving those costs less than the nodes of a tree.
 */
export class FreeList {
  readonly #blocks: Block[] = [];

  add(block: Block): void {
    this.#blocks.splice(this.#position(block.bytes, block.slab.id, block.offset), 0, block);
  }

  remove(block: Block): void {
    this.#blocks.splice(this.#position(block.bytes, block.slab.id, block.offset), 1);
  }

  /** Takes out the smallest block of at least `bytes` bytes. */
  takeBest(bytes: number): Block | undefined {
    const position = this.#position(bytes, -1, 0);
    return position === this.#blocks.length ? undefined : this.#blocks.splice(position, 1)[0];
  }

  filter(wanted: (block: Block) => boolean): Block[] {
    return this.#blocks.filter(wanted);
  }

  /** Number of blocks that stand before a block of these properties. */
  #position(bytes: number, slab: number, offset: number): number {
    const blocks = this.#blocks;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = blocks[middle];
      const difference = block.bytes - bytes || block.slab.id - slab || block.offset - offset;
      if (difference < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
