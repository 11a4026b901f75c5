import { type Block, FreeList, type Slab } from './free-list.js';

/** Where an arena gets its memory from. */
export interface SlabSource {
  /** A buffer of `bytes` bytes, a multiple of {@link slabGranule}. */
  allocate(bytes: number): ArrayBuffer;
  /** Gives it back to the system; nothing of it is in use. */
  release(buffer: ArrayBuffer): void;
}

/** Blocks begin and end at cache lines: no two arrays share one, and every vector load of an aligned loop is aligned. */
export const blockGranule = 64;
/** Slabs are whole large pages. */
export const slabGranule = 2 ** 21;

/**
 * Slabs are at least this large, and at least a quarter of what the arena has: few of them, as free memory of two slabs never joins. Too large
 * costs nothing, since pages that were never written to are only addresses.
 */
const smallestSlab = 2 ** 25;
const slabShare = 4;

/** What an arena holds, in bytes, and how often it had to ask the system. */
export interface ArenaUse {
  /** In blocks that were taken and not given back. */
  readonly usedBytes: number;
  /** The most that was in use at once since {@link Arena.resetPeak}. */
  readonly peakBytes: number;
  /** In slabs, used or not. */
  readonly capacityBytes: number;
  /** Slabs that were allocated since the beginning. */
  readonly misses: number;
}

/**
 * Memory for arrays of any length out of large slabs: best fit, split when taken, joined with free neighbours when given back, so that what one
 * shape leaves serves another. Equal sequences of calls give equal addresses.
 */
export class Arena {
  readonly #source: SlabSource;
  readonly #capBytes: number;
  readonly #free = new FreeList();
  #usedBytes = 0;
  #peakBytes = 0;
  #capacityBytes = 0;
  #misses = 0;

  /** @param capBytes when more than this is free, slabs that are not in use go back to the system. */
  constructor(source: SlabSource, capBytes: number) {
    this.#source = source;
    this.#capBytes = capBytes;
  }

  get use(): ArenaUse {
    return {
      usedBytes: this.#usedBytes,
      peakBytes: this.#peakBytes,
      capacityBytes: this.#capacityBytes,
      misses: this.#misses,
    };
  }

  /** Bytes in slabs that nobody uses. */
  get freeBytes(): number {
    return this.#capacityBytes - this.#usedBytes;
  }

  resetPeak(): void {
    this.#peakBytes = this.#usedBytes;
  }

  /** A block of at least `bytes` bytes (more than 0) of any content. */
  take(bytes: number): Block {
    const size = Math.ceil(bytes / blockGranule) * blockGranule;
    const block = this.#free.takeBest(size) ?? this.#newSlab(size);
    block.free = false;
    if (block.bytes > size) this.#split(block, size);
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
    if (this.freeBytes > this.#capBytes && isWholeSlab(whole)) this.#release(whole);
  }

  /** Gives all slabs that nobody uses back to the system. */
  trim(): void {
    for (const block of this.#free.filter(isWholeSlab)) this.#release(block);
  }

  #newSlab(size: number): Block {
    const wanted = Math.max(size, smallestSlab, this.#capacityBytes / slabShare);
    const bytes = Math.ceil(wanted / slabGranule) * slabGranule;
    const slab: Slab = { id: this.#misses++, buffer: this.#source.allocate(bytes) };
    this.#capacityBytes += bytes;
    return { slab, offset: 0, bytes, free: false };
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

  #release(block: Block): void {
    this.#free.remove(block);
    this.#capacityBytes -= block.bytes;
    this.#source.release(block.slab.buffer);
  }
}

function isWholeSlab({ before, after }: Block): boolean {
  return before === undefined && after === undefined;
}
