import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Arena, blockGranule, type SlabSource, slabGranule } from './arena.js';
import type { Block } from './free-list.js';

/** Slabs without memory: the arena only hands them on. */
class PaperSource implements SlabSource {
  live = 0;
  discarded = 0;
  allocate(bytes: number): ArrayBuffer {
    expect(bytes % slabGranule).toBe(0);
    this.live += bytes;
    return { byteLength: bytes } as ArrayBuffer;
  }
  discard(_: ArrayBuffer, __: number, bytes: number): void {
    this.discarded += bytes;
  }
  release({ byteLength }: ArrayBuffer): void {
    this.live -= byteLength;
  }
}

const arena = () => {
  const source = new PaperSource();
  return { source, arena: new Arena(source) };
};

/** Take so many bytes, or give the nth of the blocks that are out. */
type Call = { take: number } | { give: number };
const calls = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ take: fc.oneof(fc.integer({ min: 1, max: 3e7 }), fc.integer({ min: 1, max: 500 })) }),
    },
    { weight: 2, arbitrary: fc.record({ give: fc.nat() }) },
  ),
  { maxLength: 120 },
);

/** Runs the calls; `look` sees the blocks in use after each. */
function play(target: Arena, list: readonly Call[], look: (blocks: readonly Block[]) => void = () => {}): Block[] {
  const blocks: Block[] = [];
  for (const call of list) {
    if ('take' in call) blocks.push(target.take(call.take));
    else if (blocks.length > 0) target.give(blocks.splice(call.give % blocks.length, 1)[0]);
    look(blocks);
  }
  return blocks;
}

const place = ({ slab, offset, bytes }: Block) => [slab.id, offset, bytes];

describe('Arena', () => {
  test('blocks are aligned, large enough, inside their slab and never overlap', () => {
    const check = (blocks: readonly Block[]) => {
      const sorted = blocks.toSorted((a, b) => a.slab.id - b.slab.id || a.offset - b.offset);
      for (const [i, { slab, offset, bytes }] of sorted.entries()) {
        expect(offset % blockGranule).toBe(0);
        expect(offset + bytes).toBeLessThanOrEqual(slab.buffer.byteLength);
        const next = sorted[i + 1];
        if (next?.slab === slab) expect(next.offset).toBeGreaterThanOrEqual(offset + bytes);
      }
    };
    fc.assert(
      fc.property(calls, (list) => void play(arena().arena, list, check)),
      { numRuns: 60 },
    );
  });

  test('the use is the sum of the blocks, the peak its maximum', () => {
    fc.assert(
      fc.property(calls, (list) => {
        const { arena: target } = arena();
        let peak = 0;
        play(target, list, (blocks) => {
          const used = blocks.reduce((sum, { bytes }) => sum + bytes, 0);
          peak = Math.max(peak, used);
          expect(target.use).toMatchObject({ usedBytes: used, peakBytes: peak });
        });
        target.resetPeak();
        expect(target.use.peakBytes).toBe(target.use.usedBytes);
      }),
      { numRuns: 60 },
    );
  });

  test('when all is given back, one block remains of each slab, and trim returns them all', () => {
    fc.assert(
      fc.property(calls, (list) => {
        const { arena: target, source } = arena();
        for (const block of play(target, list)) target.give(block);
        const { heldBytes, usedBytes, misses, peakBytes } = target.use;
        expect(usedBytes).toBe(0);
        expect(heldBytes).toBeGreaterThanOrEqual(peakBytes);
        // Free memory is in one piece again: all of it can be taken at once without asking for more.
        if (source.live === 2 ** 30 && heldBytes > 0) target.give(target.take(heldBytes));
        expect(target.use.misses).toBe(misses);
        target.trim();
        expect([source.live, target.use.heldBytes]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });

  test('equal calls give equal places, and a sequence that ends where it began asks for no more the second time', () => {
    fc.assert(
      fc.property(calls, (list) => {
        const [first, second] = [arena().arena, arena().arena];
        const [a, b] = [play(first, list), play(second, list)];
        expect(a.map(place)).toEqual(b.map(place));
        for (const block of a) first.give(block);
        const { misses } = first.use;
        play(first, list);
        expect(first.use.misses).toBe(misses);
      }),
      { numRuns: 60 },
    );
  });

  test('what one length leaves serves two others', () => {
    const { arena: target } = arena();
    const whole = target.take(1e6);
    const fence = target.take(64);
    target.give(whole);
    const [left, right] = [target.take(4e5), target.take(4e5)];
    expect([left.offset, right.offset]).toEqual([0, 4e5]);
    expect(fence.offset).toBe(1e6);
  });

  test('trim gives back free slabs and the free ends of others, and nothing twice', () => {
    const { arena: target, source } = arena();
    const [first, second, other] = [target.take(2 ** 20), target.take(2 ** 29), target.take(2 ** 30)];
    target.give(second);
    target.give(other);
    target.trim();
    target.trim();
    expect([source.live, source.discarded, target.use.heldBytes]).toEqual([2 ** 30, 2 ** 29, 2 ** 20]);
    target.give(first);
    target.trim();
    expect([source.live, target.use.heldBytes]).toEqual([0, 0]);
  });
});
