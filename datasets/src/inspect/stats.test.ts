import { expect, test } from 'vitest';
import type { DetectionDataset, DetectionObject } from '../types.js';
import { datasetStats } from './stats.js';

const object = (box: DetectionObject['box'], label: number, flags: Partial<DetectionObject> = {}): DetectionObject => ({
  box,
  label,
  difficult: false,
  crowd: false,
  ...flags,
});
const dataset: DetectionDataset = {
  name: 'toy',
  split: 'train',
  classes: ['a', 'b', 'c'],
  problems: [],
  samples: [
    {
      id: '1',
      imagePath: '',
      width: 100,
      height: 100,
      objects: [object([0, 0, 10, 10], 0), object([0, 0, 50, 50], 1)],
    },
    {
      id: '2',
      imagePath: '',
      width: 100,
      height: 100,
      objects: [object([0, 0, 100, 100], 1, { difficult: true, crowd: true, area: 500 })],
    },
    { id: '3', imagePath: '', width: 200, height: 100, objects: [] },
  ],
};

test('counts objects, classes, sizes and shapes', () => {
  const stats = datasetStats(dataset);
  expect(stats).toMatchObject({ images: 3, imagesWithoutObjects: 1, objects: 3, difficult: 1, crowds: 1 });
  expect(stats.perClass).toEqual([
    { name: 'a', objects: 1, images: 1, difficult: 0, crowds: 0 },
    { name: 'b', objects: 2, images: 2, difficult: 1, crowds: 1 },
    { name: 'c', objects: 0, images: 0, difficult: 0, crowds: 0 },
  ]);
  expect(stats.objectsPerImage).toMatchObject({ mean: 1, median: 1, greatest: 2 });
  expect(stats.relativeSize.median).toBe(0.5);
  // The stated area decides: 100 x 100 with an outline of 500 pixels is small.
  expect(stats.byArea).toEqual({ small: 2, medium: 1, large: 0 });
  expect(stats.aspect.median).toBe(1);
  expect(stats.imageSizes).toEqual([
    { size: '100 x 100', images: 2 },
    { size: '200 x 100', images: 1 },
  ]);
  for (const { histogram, total } of [
    { histogram: stats.objectsPerImage.histogram, total: 3 },
    { histogram: stats.relativeSize.histogram, total: 3 },
    { histogram: stats.aspect.histogram, total: 3 },
  ]) {
    expect(histogram.counts.length).toBe(histogram.edges.length - 1);
    expect(histogram.counts.reduce((a, b) => a + b)).toBe(total);
  }
  expect(JSON.parse(JSON.stringify(stats))).toEqual(stats);
});

test('an empty set has figures too', () => {
  const stats = datasetStats({ ...dataset, samples: [] });
  expect(stats).toMatchObject({
    images: 0,
    objects: 0,
    objectsPerImage: { mean: 0, median: 0 },
    relativeSize: { median: 0 },
  });
});
