import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Outline, traceOutline } from './outline.js';

/** Even-odd test at the pixel's centre over all polygons; runs are unrolled down the columns. */
function rasterize(outline: Outline, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height);
  if (!Array.isArray(outline)) {
    let at = 0;
    outline.counts.forEach((run, i) => {
      for (const end = at + run; at < end; at++) out[(at % height) * width + Math.floor(at / height)] = i & 1;
    });
    return out;
  }
  for (let i = 0; i < out.length; i++) {
    const [px, py] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
    for (const points of outline) {
      for (let k = 0; k < points.length; k += 2) {
        const [x1, y1] = [points[k], points[k + 1]];
        const [x2, y2] = [points[(k + 2) % points.length], points[(k + 3) % points.length]];
        if (y1 > py !== y2 > py && px < x1 + ((py - y1) / (y2 - y1)) * (x2 - x1)) out[i] ^= 1;
      }
    }
  }
  return out;
}

const map = (text: string) => Uint8Array.from(text.replaceAll(/\s/g, ''), Number);

describe('traceOutline', () => {
  test('encloses exactly the pixels of the value, as polygons or as runs', () => {
    const maps = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })).chain(([width, height]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        pixels: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: width * height, maxLength: width * height }),
      }),
    );
    fc.assert(
      fc.property(maps, fc.boolean(), ({ width, height, pixels }, asRuns) => {
        const pixelMap = Uint8Array.from(pixels);
        const outline = traceOutline(pixelMap, width, height, 1, asRuns);
        expect(Array.isArray(outline) && asRuns).toBe(false);
        expect([...rasterize(outline, width, height)]).toEqual(pixels.map((value) => Number(value === 1)));
      }),
      { numRuns: 400 },
    );
  });

  test('gives one polygon a piece, with corners only', () => {
    expect(traceOutline(map('0000 0110 0110 0000'), 4, 4, 1)).toEqual([[3, 1, 3, 3, 1, 3, 1, 1]]);
    expect(traceOutline(map('10 01'), 2, 2, 1)).toHaveLength(2);
  });

  test('writes a region with a hole, and a crowd, as runs down the columns', () => {
    expect(traceOutline(map('111 101 111'), 3, 3, 1)).toEqual({ size: [3, 3], counts: [0, 4, 1, 4] });
    expect(traceOutline(map('01 01'), 2, 2, 1, true)).toEqual({ size: [2, 2], counts: [2, 2] });
  });
});
