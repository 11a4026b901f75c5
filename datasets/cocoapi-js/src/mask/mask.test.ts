import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CocoError } from '../errors.js';
import type { Bitmap } from './bitmap.js';
import * as mask from './index.js';
import { rasterize } from './polygon.js';
import { runsOf } from './rle.js';

const side = fc.integer({ min: 1, max: 12 });
const bitmapOfSize = (height: number, width: number): fc.Arbitrary<Bitmap> =>
  fc
    .uint8Array({ minLength: height * width, maxLength: height * width, max: 1 })
    .map((data) => ({ height, width, data }));
const bitmaps = (count: fc.ArrayConstraints) =>
  fc.tuple(side, side).chain(([height, width]) => fc.array(bitmapOfSize(height, width), count));
const count = fc.oneof(fc.nat(40), fc.nat(2 ** 28), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

const ones = ({ data }: Bitmap) => Array.from(data).reduce((sum, pixel) => sum + pixel, 0);
const combine = (a: Bitmap, b: Bitmap, act: (a: number, b: number) => number): Bitmap => ({
  ...a,
  data: a.data.map((pixel, i) => act(pixel, b.data[i])),
});

/** What the mask must be, pixel by pixel: the even-odd rule at the centres, for outlines that pass no centre. */
function evenOdd(xy: readonly number[], height: number, width: number): Uint8Array {
  const data = new Uint8Array(height * width);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
    for (let p = 0; p < xy.length; p += 2) {
      const q = (p + 2) % xy.length;
      if (xy[p] > x === xy[q] > x) continue;
      if (xy[p + 1] + ((x - xy[p]) * (xy[q + 1] - xy[p + 1])) / (xy[q] - xy[p]) < y) data[i] ^= 1;
    }
  }
  return data;
}

/** pycocotools' own way: writes down every step of the walk along the outline in fifths of pixels (reference, section 3.4). */
function walkedMask(xy: readonly number[], height: number, width: number): Uint8Array {
  const points = walk(xy.map((value) => Math.trunc(5 * value + 0.5)));
  const data = new Uint8Array(height * width);
  for (let i = 1; i < points.length; i++) {
    const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
    if (x0 === x1) continue;
    const column = ((x1 < x0 ? x1 : x1 - 1) + 0.5) / 5 - 0.5;
    if (!Number.isInteger(column) || column < 0 || column >= width) continue;
    const top = Math.ceil(Math.min(Math.max((Math.min(y0, y1) + 0.5) / 5 - 0.5, 0), height));
    // From the crossing on, every pixel in the order of the columns changes sides.
    for (let at = column * height + top; at < data.length; at++)
      data[(at % height) * width + Math.floor(at / height)] ^= 1;
  }
  return data;
}

function walk(grid: readonly number[]): [x: number, y: number][] {
  const points: [x: number, y: number][] = [];
  for (let p = 0; p < grid.length; p += 2) {
    let [x0, y0, x1, y1] = [grid[p], grid[p + 1], grid[(p + 2) % grid.length], grid[(p + 3) % grid.length]];
    const [dx, dy] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
    const backwards = dx >= dy ? x0 > x1 : y0 > y1;
    if (backwards) [x0, y0, x1, y1] = [x1, y1, x0, y0];
    const edge: [x: number, y: number][] = [];
    for (let t = 0; t <= Math.max(dx, dy); t++) {
      if (dx >= dy) edge.push([x0 + t, Math.trunc(y0 + ((y1 - y0) / dx) * t + 0.5)]);
      else edge.push([Math.trunc(x0 + ((x1 - x0) / dy) * t + 0.5), y0 + t]);
    }
    points.push(...(backwards ? edge.reverse() : edge));
  }
  return points;
}

describe('encode and decode', () => {
  test('are the reverse of one another for every size, 1 x N, N x 1 and 0 pixels included', () => {
    fc.assert(
      fc.property(bitmaps({ minLength: 1, maxLength: 3 }), (list) => {
        expect(mask.decode(mask.encode(list))).toEqual(list);
        expect(mask.area(mask.encode(list))).toEqual(list.map(ones));
      }),
    );
    for (const [height, width] of [
      [0, 4],
      [4, 0],
      [0, 0],
    ]) {
      const empty = { height, width, data: new Uint8Array(0) };
      expect(mask.decode(mask.encode(empty))).toEqual(empty);
      expect(mask.toBbox(mask.encode(empty))).toEqual([0, 0, 0, 0]);
    }
  });

  test('take every value but 0 for foreground, as canvas and sharp give them', () => {
    const drawn = { height: 2, width: 2, data: Uint8ClampedArray.of(255, 0, 7, 1) };
    expect(mask.decode(mask.encode(drawn)).data).toEqual(Uint8Array.of(1, 0, 1, 1));
  });

  test('leave pixels behind the last run background', () => {
    expect(mask.decode({ size: [2, 3], counts: [1, 2] }).data).toEqual(Uint8Array.of(0, 1, 0, 1, 0, 0));
  });
});

test('the box of a mask is that of its foreground, and the mask of that box holds it', () => {
  fc.assert(
    fc.property(bitmaps({ minLength: 1, maxLength: 1 }), ([bitmap]) => {
      const { height, width, data } = bitmap;
      const xs = [...data.keys()].filter((i) => data[i]).map((i) => i % width);
      const ys = [...data.keys()].filter((i) => data[i]).map((i) => Math.floor(i / width));
      const [left, top] = [Math.min(...xs), Math.min(...ys)];
      const expected = xs.length ? [left, top, Math.max(...xs) + 1 - left, Math.max(...ys) + 1 - top] : [0, 0, 0, 0];
      const box = mask.toBbox(mask.encode(bitmap));
      expect(box).toEqual(expected);
      const [boxMask] = mask.frPyObjects([box], height, width);
      expect(mask.toBbox(boxMask)).toEqual(box);
      expect(mask.area(boxMask)).toBe(box[2] * box[3]);
    }),
  );
});

describe('merge and iou', () => {
  test('equal pixel-wise or and and', () => {
    fc.assert(
      fc.property(bitmaps({ minLength: 1, maxLength: 4 }), (list) => {
        const union = list.reduce((a, b) => combine(a, b, (p, q) => p | q));
        const common = list.reduce((a, b) => combine(a, b, (p, q) => p & q));
        expect(mask.merge(mask.encode(list))).toEqual(mask.encode(union));
        expect(mask.merge(mask.encode(list), true)).toEqual(mask.encode(common));
      }),
    );
  });

  test('count the same pixels as a loop over both masks, for crowds over the area of the detection', () => {
    fc.assert(
      fc.property(bitmaps({ minLength: 2, maxLength: 6 }), fc.infiniteStream(fc.nat(1)), (list, flags) => {
        const [dt, gt] = [list.slice(0, list.length >> 1), list.slice(list.length >> 1)];
        const crowd = gt.map(() => flags.next().value ?? 0);
        const expected = dt.map((d) =>
          gt.map((g, i) => {
            const common = ones(combine(d, g, (p, q) => p & q));
            return common === 0 ? 0 : common / (crowd[i] ? ones(d) : ones(d) + ones(g) - common);
          }),
        );
        expect(mask.iou(mask.encode(dt), mask.encode(gt), crowd)).toEqual(expected);
      }),
    );
  });

  test('join what runs of no pixels part', () => {
    const split = { size: [3, 4] as const, counts: [2, 0, 1, 2, 0, 3, 4] };
    const plain = { size: [3, 4] as const, counts: [3, 5, 4] };
    expect(mask.countsOf(mask.merge([split, split]).counts)).toEqual(Uint32Array.from(plain.counts));
    expect(mask.iou([split], [plain], [0])).toEqual([[1]]);
  });

  test('end for runs of different lengths, on which pycocotools never does', () => {
    const [short, whole] = [
      { size: [2, 3] as const, counts: [1, 2] },
      { size: [2, 3] as const, counts: [0, 6] },
    ];
    expect(mask.merge([short, whole])).toEqual({ size: [2, 3], counts: mask.stringOf([0, 6]) });
    expect(mask.merge([whole, short], true)).toEqual({ size: [2, 3], counts: mask.stringOf([1, 2, 3]) });
    expect(mask.iou([short], [whole], [0])).toEqual([[2 / 6]]);
  });

  test('give an empty list where one side is empty', () => {
    expect(mask.iou([], [[0, 0, 1, 1]], [0])).toEqual([]);
    expect(mask.merge([])).toEqual({ size: [0, 0], counts: '' });
  });
});

describe('polygons', () => {
  test('follow the even-odd rule at the centres of pixels, also where they cross themselves', () => {
    // Corners in whole pixels and edges along the axes: every centre is half a pixel away from the outline.
    const corner = fc.integer({ min: -3, max: 14 });
    const outline = fc.array(corner, { minLength: 4, maxLength: 8 }).map((list) => {
      const even = list.slice(0, list.length & ~1);
      return even.flatMap((value, i) => (i % 2 === 0 ? [value, even.at(i - 1) ?? 0] : [even[i - 1], value]));
    });
    fc.assert(
      fc.property(outline, side, side, (xy, height, width) => {
        const decoded = mask.decode(mask.frPyObjects([xy], height, width)[0]).data;
        expect(decoded).toEqual(evenOdd(xy, height, width));
      }),
    );
  });

  test('equal the walk in fifths of pixels', () => {
    const coordinate = fc.oneof(
      fc.integer({ min: -20, max: 80 }).map((fifths) => fifths / 5),
      fc.double({ min: -6, max: 20, noNaN: true }),
      fc.integer({ min: -60, max: 200 }).map((tenths) => tenths / 10),
    );
    const outline = fc
      .array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 9 })
      .map((list) => list.flat());
    fc.assert(
      fc.property(outline, side, side, (xy, height, width) => {
        const [rle] = [mask.stringOf(rasterize(xy, height, width).counts)];
        expect(mask.decode({ size: [height, width], counts: rle }).data).toEqual(walkedMask(xy, height, width));
      }),
      { numRuns: 500 },
    );
  });

  test('are united, and may lie far outside', () => {
    const runs = runsOf(
      [
        [0, 0, 2, 0, 2, 2, 0, 2],
        [1, 0, 3, 0, 3, 2, 1, 2],
        [2e8, -2e8, 4e8, 0, 2e8, 2e8],
      ],
      2,
      4,
    );
    expect(runs.counts).toEqual(Uint32Array.of(0, 6, 2));
    expect(runsOf([], 2, 4).counts).toEqual(Uint32Array.of(8));
    expect(runsOf([[1, 1, 2, 2]], 2, 4).counts).toEqual(Uint32Array.of(8));
  });

  test('and boxes are told apart by the first entry, as in pycocotools', () => {
    const triangle = [0, 0, 9, 0, 0, 9];
    const [, line] = mask.frPyObjects([triangle, [1, 1, 2, 2]], 10, 10);
    expect(mask.area(line)).toBe(0);
    expect(mask.frPyObjects([1, 1, 2, 2], 10, 10)).toEqual(mask.frPyObjects([Float64Array.of(1, 1, 2, 2)], 10, 10)[0]);
    expect(() => mask.frPyObjects([[1, 1, 2, 2], triangle], 10, 10)).toThrow(/mask\.frPyObjects: \[1\]: must be a box/);
  });
});

describe('texts', () => {
  test('hold every list of counts, also beyond 2^28', () => {
    fc.assert(
      fc.property(fc.array(count), (counts) => {
        expect([...mask.countsOf(mask.stringOf(counts))]).toEqual(counts);
      }),
    );
  });

  test('are read or refused, whatever they hold', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12, unit: 'binary' }), fc.boolean(), (counts, strict) => {
        try {
          const rle = { size: [3, 4] as const, counts };
          mask.toBbox(rle, { strict });
          mask.decode(rle, { strict });
        } catch (error) {
          expect(error).toBeInstanceOf(CocoError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [
      'a character of another alphabet',
      '0 1',
      /mask\.area: counts: must hold characters from "0" to "o" only, found " " at 1/,
    ],
    ['a number without end', '01P', /must end with a whole number, found "01P"/],
    ['a count below 0', 'O', /run 0 must be from 0 to 2\^32 - 1, found -1/],
    ['a count beyond 32 bits', '0PPPPPP4', /run 1 must be from 0 to 2\^32 - 1, found 4294967296/],
    ['a number of eight groups', 'PPPPPPP0', /run 0 must be/],
    ['more pixels than the image', '0=', /must hold at most 3 x 4 = 12 pixels, found 13 in 2 runs/],
  ])('with %s are refused', (_, counts, message) => {
    expect(() => mask.area({ size: [3, 4], counts })).toThrow(message);
  });

  test('that are too long count as in pycocotools where that is asked for', () => {
    expect(mask.area({ size: [3, 4], counts: '0=' }, { strict: false })).toBe(13);
    expect(() => mask.decode({ size: [3, 4], counts: '0=' }, { strict: false })).toThrow(CocoError);
  });
});

test.each([
  [
    'bitmap',
    () => mask.encode([{ height: 2, width: 2, data: new Uint8Array(3) }]),
    /mask\.encode: \[0\]\.data: must hold/,
  ],
  ['size', () => mask.area({ size: [70000, 70000], counts: '0' }), /size: must be \[height, width\] of at most/],
  ['run', () => mask.area([{ size: [1, 1], counts: [0.5] }]), /\[0\]\.counts\[0\]: must be a whole number/],
  ['coordinate', () => mask.frPyObjects([[0, 0, 1, Number.NaN]], 2, 2), /\[0\]\[3\]: must be a finite number/],
  ['polygon', () => mask.frPyObjects([[0, 0, 1, 1, 2]], 2, 2), /\[0\]: must hold points .*found 5 numbers/],
  ['image', () => runsOf({ size: [4, 3], counts: '<' }, 3, 4), /size: must be the image's \[height, width\]/],
  ['flag', () => mask.iou([[0, 0, 1, 1]], [[0, 0, 1, 1]], []), /iscrowd: must hold a flag for each of 1/],
  ['side', () => mask.iou([[0, 0, 1, 1]], [{ size: [1, 1], counts: '1' }], [0]), /masks on both sides, or boxes/],
])('a wrong %s is named', (_, act, message) => {
  expect(act).toThrow(CocoError);
  expect(act).toThrow(message);
});
