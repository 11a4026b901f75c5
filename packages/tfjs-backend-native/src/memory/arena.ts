import { type Block, FreeList, type Slab } from './free-list.js';

/** Where an arena gets its memory from. */
export interface SlabSource {
  /** A buffer of `bytes` bytes, a multiple of {@link slabGranule}. */
  allocate(bytes: number): ArrayBuffer;
  /** Gives part of a buffer back to the system until it is written to again; its content is lost. */
  discard(buffer: ArrayBuffer, offset: number, bytes: number): void;
  /** Gives a whole buffer back to the system. */
  release(buffer: ArrayBuffer): void;
}

/** Blocks begin and end at cache lines: no two arrays share one, and every vector load of an aligned loop is aligned. */
export const blockGranule = 64;
/** Slabs are whole large pages. */
export const slabGranule = 2 ** 21;

/**
 * Slabs are at least this large: free memory of two slabs never joins, so there should be few. Too large costs nothing, since pages that were never
 * written to are only addresses.
 */
const smallestSlab = 2 ** 30;

/** What an arena holds, in bytes, and how often it had to ask the system. */
export interface ArenaUse {
  /** In blocks that were taken and not given back. */
  readonly usedBytes: number;
  /** The most that was in use at once since {@link Arena.resetPeak}. */
  readonly peakBytes: number;
  /** In use or kept for reuse: what the system has given, up to the end of the last block of each slab. */
  readonly heldBytes: number;
  /** Times that the system was asked for more, since the beginning: a new slab, or a block beyond all earlier ones of its slab. */
  readonly misses: number;
}

/**
 * Memory for arrays of any length out of large slabs: best fit, split when taken, joined with free neighbours when given back, so that what one
 * shape leaves serves another. Equal sequences of calls give equal addresses.
 */
export class Arena {
  readonly #source: SlabSource;
  readonly #free = new FreeList();
  #usedBytes = 0;
  #peakBytes = 0;
  #heldBytes = 0;
  #misses = 0;
  #slabs = 0;

  constructor(source: SlabSource) {
    this.#source = source;
  }

  get use(): ArenaUse {
    return {
      usedBytes: this.#usedBytes,
      peakBytes: this.#peakBytes,
      heldBytes: this.#heldBytes,
      misses: this.#misses,
    };
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Begins a new {@link ArenaUse.peakBytes}. */
  resetPeak(): void {
    this.#peakBytes = this.#usedBytes;
  }

  /** A block of at least `bytes` bytes (more than 0) of any content. */
  take(bytes: number): Block {
    const size = Math.ceil(bytes / blockGranule) * blockGranule;
    const block = this.#free.takeBest(size) ?? this.#newSlab(size);
    block.free = false;
    if (block.bytes > size) this.#split(block, size);
    const end = block.offset + size;
    if (end > block.slab.reached) this.#reach(block.slab, end);
    this.#usedBytes += size;
    if (this.#usedBytes > this.#peakBytes) this.#peakBytes = this.#usedBytes;
    return block;
  }

  /** Takes a block back; nobody may use it any more. */
  give(block: Block): void {
    this.#usedBytes -= block.bytes;
    const { before, after } = block;
    if (after?.free) {
      this.#free.remove(after);
      this.#join(block, after);
    }
    let whole = block;
    if (before?.free) {
      this.#free.remove(before);
      this.#join(before, block);
      whole = before;
    }
    whole.free = true;
    this.#free.add(whole);
  }

  /** Gives back to the system what lies behind the last block in use of each slab, and slabs without any. Holes between blocks stay. */
  trim(): void {
    for (const block of this.#free.filter(({ after }) => after === undefined)) {
      const { slab, offset } = block;
      const bytes = Math.max(0, slab.reached - offset);
      this.#heldBytes -= bytes;
      slab.reached -= bytes;
      if (block.before === undefined) {
        this.#free.remove(block);
        this.#source.release(slab.buffer);
      } else if (bytes > 0) {
        this.#source.discard(slab.buffer, offset, bytes);
      }
    }
  }

  #newSlab(size: number): Block {
    const bytes = Math.ceil(Math.max(size, smallestSlab) / slabGranule) * slabGranule;
    const slab: Slab = { id: this.#slabs++, buffer: this.#source.allocate(bytes), reached: 0 };
    return { slab, offset: 0, bytes, free: false };
  }

  #reach(slab: Slab, end: number): void {
    this.#misses++;
    this.#heldBytes += end - slab.reached;
    slab.reached = end;
  }

  /** Leaves `size` bytes to the block; the rest becomes a free block behind it. */
  #split(block: Block, size: number): void {
    const { slab, after } = block;
    const rest: Block = {
      slab,
      offset: block.offset + size,
      bytes: block.bytes - size,
      free: true,
      before: block,
      after,
    };
    if (after) after.before = rest;
    block.after = rest;
    block.bytes = size;
    this.#free.add(rest);
  }

  /** Makes two neighbours one; `second` is no block any more. */
  #join(first: Block, second: Block): void {
    first.bytes += second.bytes;
    first.after = second.after;
    if (second.after) second.after.before = first;
  }
}
