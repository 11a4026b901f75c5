import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { loadNative, nativeReport } from '../src/native/load.js';

const mebibyte = 2 ** 20;
const there = nativeReport().available;

/** Resident memory of this process in MiB. */
const resident = () => process.memoryUsage().rss / mebibyte;

test.skipIf(!there)(
  'a slab reads as 0, takes memory when it is written to and none when it is discarded or released',
  async () => {
    const native = loadNative();
    const before = resident();
    const slab = native.allocateSlab(64 * mebibyte)!;
    const values = new Float32Array(slab);
    expect([values.length, values[0], values.at(-1)]).toEqual([16 * mebibyte, 0, 0]);
    values.fill(1);
    expect(resident() - before).toBeGreaterThan(50);
    native.discardPages(new Uint8Array(slab, 100));
    expect(resident() - before).toBeLessThan(14);
    expect([values[0], values[24], values[2000]]).toEqual([1, 1, 0]); // only whole pages go
    native.releaseBuffer(slab);
    expect([values.length, slab.byteLength]).toEqual([0, 0]);
    await setImmediate();
    expect(resident() - before).toBeLessThan(14);
  },
);

test.skipIf(!there)('kernels read and write views into a slab', () => {
  const native = loadNative();
  const slab = native.allocateSlab(2 * mebibyte)!;
  const [x, bits] = [new Float32Array(slab, 64 * 5, 64).fill(-1), new Int32Array(slab, 64 * 9, 2)];
  native.packBits(x, bits, 64, 'pm1');
  expect([...bits, new Int32Array(slab)[16 * 9 + 2]]).toEqual([-1, -1, 0]);
});

test.skipIf(!there)('sizes and buffers that make no sense are refused', () => {
  const native = loadNative();
  expect(() => native.allocateSlab(1000)).toThrow('allocateSlab: bytes must be');
  expect(() => native.allocateSlab(3 * mebibyte)).toThrow(
    'allocateSlab: bytes must be a multiple of 2097152, got 3145728',
  );
  expect(() => native.releaseBuffer(new Float32Array(2) as unknown as ArrayBuffer)).toThrow(
    'releaseBuffer: buffer must be',
  );
});
