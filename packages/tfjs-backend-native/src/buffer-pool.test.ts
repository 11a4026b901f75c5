import { describe, expect, test } from 'vitest';
import { BufferPool } from './buffer-pool.js';

const pool = () =>
  new BufferPool({ allocate: (bytes) => new ArrayBuffer(bytes), discard: () => {}, release: () => {} });

describe('BufferPool', () => {
  test('memory of one type and length serves others', () => {
    const target = pool();
    const floats = target.take('float32', 1000);
    const { buffer, byteOffset } = floats;
    target.give(floats);
    const bytes = target.take('bool', 300);
    const ints = target.take('int32', 500);
    expect([bytes.buffer === buffer, ints.buffer === buffer]).toEqual([true, true]);
    expect([bytes.byteOffset, ints.byteOffset]).toEqual([byteOffset, byteOffset + 320]);
    expect(target.use.misses).toBe(1);
  });

  test('tiny arrays have memory of their own, but are known', () => {
    const target = pool();
    const array = target.take('float32', 8);
    expect([array.buffer.byteLength, target.owns(array), target.isRecycled(array)]).toEqual([32, true, false]);
    target.give(array);
    expect([target.owns(array), target.use.heldBytes]).toEqual([false, 0]);
  });

  test('an array from elsewhere, or one given back already, is left alone', () => {
    const target = pool();
    const array = target.take('int32', 1000);
    target.give(array);
    target.give(array);
    target.give(new Float32Array(1000));
    expect(target.use.usedBytes).toBe(0);
  });

  test('with poison, arrays hold NaN when they come and when they have gone', () => {
    const target = pool();
    target.poison = true;
    const array = target.take('float32', 400);
    expect(array.every(Number.isNaN)).toBe(true);
    array.fill(1);
    target.give(array);
    expect(array.every(Number.isNaN)).toBe(true);
  });
});
