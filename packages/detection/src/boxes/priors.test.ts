import { describe, expect, test } from 'vitest';
import { makePriors, priorCount, priorPresets, priorsPerCell, ssdPriors } from './priors.js';

const sizes = (spec: ReturnType<typeof ssdPriors>) => ({
  min: spec.maps.map(({ minSize }) => minSize),
  max: spec.maps.map(({ maxSize }) => maxSize),
});

describe('presets', () => {
  test('the rule gives the published sizes of SSD300 for VOC and COCO (bidet.md section 6.1)', () => {
    expect(sizes(priorPresets['ssd300-voc'])).toEqual({
      min: [30, 60, 111, 162, 213, 264],
      max: [60, 111, 162, 213, 264, 315],
    });
    expect(sizes(priorPresets['ssd300-coco'])).toEqual({
      min: [21, 45, 99, 153, 207, 261],
      max: [45, 99, 153, 207, 261, 315],
    });
    expect(priorPresets['ssd300-voc'].maps.map(priorsPerCell)).toEqual([4, 6, 6, 6, 4, 4]);
    expect(priorCount(priorPresets['ssd300-voc'])).toBe(8732);
  });
});

describe('priors of any image size', () => {
  test.each([
    [128, [16, 8, 4, 2, 1]],
    [160, [20, 10, 5, 3, 1]],
    [97, [13, 7, 4, 2, 1]],
    [64, [1]],
    [64, [2, 1]],
  ])('%i pixels, maps %j', (imageSize, mapSizes) => {
    const spec = ssdPriors(imageSize, mapSizes);
    const priors = makePriors(spec);
    expect(priors.length).toBe(priorCount(spec) * 4);
    for (const value of priors) expect(value >= 0 && value <= 1).toBe(true);
    for (const { minSize, maxSize } of spec.maps) expect(maxSize).toBeGreaterThan(minSize);
    // The first cell of the first map: its centre is half a step from the corner, its first box the small square.
    const [cx, cy, width, height] = priors;
    expect(cx * imageSize).toBeCloseTo(imageSize / mapSizes[0] / 2, 4);
    expect([cy, height]).toEqual([cx, width]);
    expect(width).toBeCloseTo(0.1, 6);
  });

  test('rows run over map, row, column, box, and boxes have the area of their square', () => {
    const map = { size: 2, step: 50, minSize: 20, maxSize: 45, aspectRatios: [2] };
    const priors = makePriors({ imageSize: 100, maps: [map] });
    const centre = (k: number) => [priors[k * 4], priors[k * 4 + 1]];
    expect([0, 4, 8, 12].map(centre)).toEqual([
      [0.25, 0.25],
      [0.75, 0.25],
      [0.25, 0.75],
      [0.75, 0.75],
    ]);
    const [, , w, h] = priors.subarray(8, 12);
    expect(w / h).toBeCloseTo(2, 5);
    expect(w * h).toBeCloseTo(0.04, 6);
    expect(priors[6]).toBeCloseTo(Math.sqrt(0.2 * 0.45), 6);
  });

  test('nonsense is refused', () => {
    expect(() => ssdPriors(128, [])).toThrow(/must be positive/);
    expect(() => ssdPriors(0, [1])).toThrow(/must be positive/);
    expect(() => ssdPriors(128, [2.5])).toThrow(/must be positive/);
  });
});
