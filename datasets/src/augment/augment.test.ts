import { Random } from '@onebit/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradientPixels } from '../testing/fixtures.js';
import type { Box } from '../types.js';
import { augmentPicture, type PictureOptions } from './augment.js';
import { randomDraws } from './draws.js';
import { boxInView, correctedGeometry, drawView, officialGeometry } from './geometry.js';
import { distort, drawDistortion } from './photometric.js';
import { resample } from './resample.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const sizes = fc.record({ width: fc.integer({ min: 1, max: 70 }), height: fc.integer({ min: 1, max: 70 }) });

/** Boxes with positive area inside a picture of unit size, to be scaled. */
const unitBoxes = fc.array(
  fc
    .tuple(
      fc.integer({ min: 0, max: 90 }),
      fc.integer({ min: 0, max: 90 }),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 100 }),
    )
    .map(([x, y, w, h]): Box => [x / 100, y / 100, Math.min(100, x + w) / 100, Math.min(100, y + h) / 100]),
  { maxLength: 6 },
);
const scaled = (boxes: readonly Box[], { width, height }: { width: number; height: number }) =>
  boxes.map(([x1, y1, x2, y2]): Box => [x1 * width, y1 * height, x2 * width, y2 * height]);

const options: PictureOptions = {
  imageSize: [24, 32],
  augment: 'ssd',
  mean: [123, 117, 104],
  std: [1, 1, 1],
  channelOrder: 'rgb',
};

describe('geometry', () => {
  test.each([
    ['official', officialGeometry],
    ['corrected', correctedGeometry],
  ])('%s: every box that stays is inside the view and has its centre there', (_, rules) => {
    fc.assert(
      fc.property(seeds, sizes, unitBoxes, (seed, size, unit) => {
        const boxes = scaled(unit, size);
        const view = drawView(randomDraws(new Random(seed)), size, boxes, rules);
        expect(view.right > view.left && view.bottom > view.top).toBe(true);
        const kept = boxes.map((box) => boxInView(box, view));
        if (boxes.length > 0) expect(kept.some((box) => box !== undefined)).toBe(true);
        for (const box of kept) {
          if (!box) continue;
          const [x1, y1, x2, y2] = box;
          expect(0 <= x1 && x1 < x2 && x2 <= 1 && 0 <= y1 && y1 < y2 && y2 <= 1).toBe(true);
        }
      }),
    );
  });

  test('mirroring a box twice gives the box', () => {
    fc.assert(
      fc.property(unitBoxes, (boxes) => {
        const view = { left: 0, top: 0, right: 1, bottom: 1, mirrored: true };
        for (const box of boxes) {
          const twice = boxInView(boxInView(box, view)!, view)!;
          for (const [i, side] of twice.entries()) expect(side).toBeCloseTo(box[i], 12);
        }
      }),
    );
  });

  test('the corrected rules crop around an object with the overlap they drew', () => {
    const size = { width: 100, height: 80 };
    const box: Box = [30, 20, 60, 50];
    const rules = { ...correctedGeometry, crops: [0.5], maxExpand: 1 };
    for (let seed = 0; seed < 200; seed++) {
      const view = drawView(randomDraws(new Random(seed)), size, [box], rules);
      const width = Math.min(box[2], view.right) - Math.max(box[0], view.left);
      const height = Math.min(box[3], view.bottom) - Math.max(box[1], view.top);
      const union = 30 * 30 + (view.right - view.left) * (view.bottom - view.top) - width * height;
      expect((width * height) / union).toBeGreaterThanOrEqual(0.5);
    }
  });

  test('the corrected rules reach crops at the left edge, which the official ones cannot from a wide picture', () => {
    const lefts = (rules: typeof correctedGeometry) =>
      Array.from({ length: 300 }, (_, seed) => {
        const draws = randomDraws(new Random(seed));
        return drawView(draws, { width: 100, height: 100 }, [[10, 10, 90, 90]], { ...rules, crops: [0], maxExpand: 1 })
          .left;
      });
    expect(lefts(correctedGeometry)).toContain(0);
    expect(Math.min(...lefts({ ...officialGeometry, minCrop: 0.3 }).filter((left) => left > 0))).toBeGreaterThanOrEqual(
      1,
    );
  });
});

describe('resample', () => {
  const source = { data: gradientPixels(20, 16), width: 20, height: 16 };
  const whole = { left: 0, top: 0, right: 20, bottom: 16, mirrored: false };

  test('copies a picture that keeps its size, and mirrors it', () => {
    for (const interpolation of ['bilinear', 'antialiased'] as const) {
      const output = new Float32Array(20 * 16 * 3);
      resample(source, whole, output, [16, 20], [0, 0, 0], interpolation);
      expect([...output]).toEqual([...source.data]);
      resample(source, { ...whole, mirrored: true }, output, [16, 20], [0, 0, 0], interpolation);
      for (let y = 0; y < 16; y++) {
        for (let x = 0; x < 60; x++) {
          expect(output[y * 60 + x]).toBe(source.data[y * 60 + (19 - Math.floor(x / 3)) * 3 + (x % 3)]);
        }
      }
    }
  });

  test('equals the definition of bilinear sampling with the edge repeated, for any view and size', () => {
    const offset = fc.integer({ min: -15, max: 15 });
    const length = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(
        offset,
        offset,
        length,
        length,
        fc.tuple(length, length),
        fc.boolean(),
        (left, top, width, height, size, mirrored) => {
          const view = { left, top, right: left + width, bottom: top + height, mirrored };
          const fill = [10, 20, 30] as const;
          const output = new Float32Array(size[0] * size[1] * 3);
          resample(source, view, output, size, fill, 'bilinear');
          const pixel = (x: number, y: number, c: number) => {
            const px = left + Math.min(Math.max(x, 0), width - 1);
            const py = top + Math.min(Math.max(y, 0), height - 1);
            const isInside = px >= 0 && px < 20 && py >= 0 && py < 16;
            return isInside ? source.data[(py * 20 + px) * 3 + c] : fill[c];
          };
          for (let y = 0; y < size[0]; y++) {
            for (let x = 0; x < size[1]; x++) {
              const cx = ((mirrored ? size[1] - 1 - x : x) + 0.5) * (width / size[1]) - 0.5;
              const cy = (y + 0.5) * (height / size[0]) - 0.5;
              const [x0, y0] = [Math.floor(cx), Math.floor(cy)];
              const [fx, fy] = [cx - x0, cy - y0];
              for (let c = 0; c < 3; c++) {
                const upper = pixel(x0, y0, c) * (1 - fx) + pixel(x0 + 1, y0, c) * fx;
                const lower = pixel(x0, y0 + 1, c) * (1 - fx) + pixel(x0 + 1, y0 + 1, c) * fx;
                // 32-bit weights and sums of values up to 255.
                expect(Math.abs(output[(y * size[1] + x) * 3 + c] - (upper * (1 - fy) + lower * fy))).toBeLessThan(
                  1e-3,
                );
              }
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('antialiased shrinking by a whole factor keeps the mean of a picture with a flat border', () => {
    const data = new Uint8Array(32 * 32 * 3).fill(100);
    for (let y = 12; y < 20; y++) data.fill(200, (y * 32 + 12) * 3, (y * 32 + 20) * 3);
    const output = new Float32Array(8 * 8 * 3);
    resample(
      { data, width: 32, height: 32 },
      { left: 0, top: 0, right: 32, bottom: 32, mirrored: false },
      output,
      [8, 8],
      [0, 0, 0],
      'antialiased',
    );
    const mean = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(output)).toBeCloseTo(mean(data), 3);
  });

  test('says which part of the output is picture', () => {
    const output = new Float32Array(40 * 40 * 3);
    const view = { left: -10, top: -12, right: 30, bottom: 28, mirrored: false };
    expect(resample(source, view, output, [40, 40], [1, 2, 3], 'bilinear')).toEqual({
      left: 10,
      top: 12,
      right: 30,
      bottom: 28,
    });
    const outside = { left: 30, top: 30, right: 40, bottom: 40, mirrored: false };
    const covered = resample(source, outside, output, [40, 40], [1, 2, 3], 'antialiased');
    expect([covered.right - covered.left, covered.bottom - covered.top]).toEqual([0, 0]);
    expect([...output.subarray(0, 6)]).toEqual([1, 2, 3, 1, 2, 3]);
  });
});

describe('distort', () => {
  const region = { stride: 8, left: 0, top: 0, right: 8, bottom: 8 };
  const pixels = () => Float32Array.from(gradientPixels(8, 8));

  test('changes nothing when nothing was drawn, in range or through HSV', () => {
    for (const clamp of [true, false]) {
      const changed = pixels();
      distort(changed, region, { contrastFirst: true }, clamp);
      for (const [i, value] of pixels().entries()) expect(Math.abs(changed[i] - value)).toBeLessThan(1e-3);
    }
  });

  test('keeps colours in range when told, whatever is drawn', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const changed = pixels();
        distort(changed, region, drawDistortion(randomDraws(new Random(seed))), true);
        expect(changed.every((value) => value >= 0 && value <= 255)).toBe(true);
      }),
    );
  });

  test('turns the hue of pure colours by the angle', () => {
    const colours = Float32Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 90, 90, 90]);
    distort(colours, { stride: 4, left: 0, top: 0, right: 4, bottom: 1 }, { hue: 18, contrastFirst: true }, true);
    // 18 degrees are 0.3 of a sector of 60.
    const expected = [255, 76.5, 0, 0, 255, 76.5, 76.5, 0, 255, 90, 90, 90];
    for (const [i, value] of expected.entries()) expect(Math.abs(colours[i] - value)).toBeLessThan(1e-3);
  });

  test('leaves pixels outside its region alone', () => {
    const changed = pixels();
    distort(
      changed,
      { stride: 8, left: 2, top: 3, right: 5, bottom: 7 },
      { brightness: 30, contrastFirst: true },
      true,
    );
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        const i = (y * 8 + x) * 3;
        const isInside = x >= 2 && x < 5 && y >= 3 && y < 7;
        expect(changed[i] === pixels()[i]).toBe(!isInside);
      }
    }
  });
});

describe('augmentPicture', () => {
  const image = { data: gradientPixels(40, 30), width: 40, height: 30 };
  const objects = [
    { box: [4, 5, 20, 25] as Box, name: 'a' },
    { box: [22, 3, 39, 12] as Box, name: 'b' },
  ];
  const run = (more: Partial<PictureOptions>, seed = 1) => {
    const output = new Float32Array(24 * 32 * 3);
    const kept = augmentPicture(image, objects, { ...options, ...more }, randomDraws(new Random(seed)), output);
    return { output, kept };
  };

  test('is the same for a seed and differs between seeds', () => {
    expect(run({}, 7)).toEqual(run({}, 7));
    expect(run({}, 7).output).not.toEqual(run({}, 8).output);
  });

  test('without augmentation keeps every object, relative to the picture', () => {
    const { kept } = run({ augment: 'none' });
    expect(kept.map(({ box, object }) => [object.name, ...box])).toEqual([
      ['a', 0.1, 5 / 30, 0.5, 25 / 30],
      ['b', 0.55, 0.1, 0.975, 0.4],
    ]);
  });

  test('normalises by red, green, blue whatever the order of the output', () => {
    const plain = run({ augment: 'none', mean: [0, 0, 0] }).output;
    const rgb = run({ augment: 'none', mean: [1, 2, 3], std: [2, 4, 8] }).output;
    const bgr = run({ augment: 'none', mean: [1, 2, 3], std: [2, 4, 8], channelOrder: 'bgr' }).output;
    for (let i = 0; i < plain.length; i += 3) {
      const expected = [(plain[i] - 1) / 2, (plain[i + 1] - 2) / 4, (plain[i + 2] - 3) / 8];
      for (let c = 0; c < 3; c++) {
        expect(rgb[i + c]).toBeCloseTo(expected[c], 4);
        expect(bgr[i + c]).toBeCloseTo(expected[2 - c], 4);
      }
    }
  });

  test('fills the plane around an expanded picture with the mean: 0 after normalisation', () => {
    const withFill = Array.from({ length: 40 }, (_, seed) => run({ augment: 'ssd', minCrop: 1 }, seed).output).filter(
      (output) => output.some((value, i) => i % 3 === 0 && value === 0 && output[i + 1] === 0 && output[i + 2] === 0),
    );
    expect(withFill.length).toBeGreaterThan(5);
    const never = Array.from({ length: 40 }, (_, seed) => run({ augment: 'ssd', maxExpand: 1 }, seed).output);
    expect(never.some((output) => output[0] === 0 && output[1] === 0 && output[2] === 0)).toBe(false);
  });
});
