import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ImageTruths,
  type ScoredDetection,
  VocEvaluator,
  type VocMapOptions,
  vocIouRange,
  vocMap,
  vocMapRange,
} from './index.js';
import type { Box } from './voc-rules.js';

const options: VocMapOptions = { classes: ['a', 'b'], metric: 'area' };
const box = (x: number, y = 0, size = 10): Box => [x, y, x + size, y + size];
const truth = (x: number, difficult = false) => ({ box: box(x), label: 0, difficult });
const hit = (x: number, score: number, image = 'i') => ({ image, box: box(x), label: 0, score });
const classA = (detections: ScoredDetection[], truths: ImageTruths[], more: Partial<VocMapOptions> = {}) =>
  vocMap(detections, truths, { ...options, ...more }).perClass[0];

describe('matching', () => {
  test('the second detection of an object is a false positive, even where another object overlaps it', () => {
    const objects = [truth(0), truth(4)];
    const result = classA([hit(0, 0.9), hit(1, 0.8)], [{ id: 'i', objects }]);
    expect([...result.recall]).toEqual([0.5, 0.5]);
    expect([...result.precision]).toEqual([1, 0.5]);
  });

  test('a detection of a difficult object counts neither way', () => {
    const objects = [truth(0, true), truth(100)];
    const result = classA([hit(0, 0.9), hit(0, 0.8), hit(100, 0.7)], [{ id: 'i', objects }]);
    expect(result.truths).toBe(1);
    expect([...result.precision]).toEqual([0, 0, 1]);
    expect(result.ap).toBe(1);
  });

  test('objects are sought in the image of the detection and in its class only', () => {
    const truths = [
      { id: 'i', objects: [truth(0)] },
      { id: 'j', objects: [{ ...truth(50), label: 1 }] },
    ];
    const result = classA([hit(0, 0.9, 'j'), hit(50, 0.8, 'j'), hit(0, 0.7, 'i')], truths);
    expect([...result.recall]).toEqual([0, 0, 1]);
  });

  test('equal scores keep the order of the list', () => {
    const truths = [{ id: 'i', objects: [truth(0)] }];
    expect([...classA([hit(0, 0.5), hit(80, 0.5)], truths).precision]).toEqual([1, 0.5]);
    expect([...classA([hit(80, 0.5), hit(0, 0.5)], truths).precision]).toEqual([0, 0.5]);
  });
});

describe('rules', () => {
  const half: Box = [0, 0, 10, 5]; // IoU of exactly 1/2 with [0, 0, 10, 10]

  test('an IoU of exactly the threshold matches for the devkit only', () => {
    const detections = [{ image: 'i', box: half, label: 0, score: 1 }];
    const truths = [{ id: 'i', objects: [truth(0)] }];
    expect(classA(detections, truths).ap).toBe(1);
    expect(classA(detections, truths, { rule: 'python' }).ap).toBe(0);
  });

  test('file coordinates with the +1 give what continuous boxes give', () => {
    const truths = [{ id: 'i', objects: [{ ...truth(0), box: [1, 1, 10, 10] as Box }] }];
    const detections = [{ image: 'i', box: [1, 1, 10, 5] as Box, label: 0, score: 1 }];
    expect(classA(detections, truths, { coordinates: 'voc-file' }).ap).toBe(1);
    expect(classA(detections, truths, { coordinates: 'voc-file', rule: 'python' }).ap).toBe(0);
  });

  test('a class without objects is left out by the devkit rule, is 0 or NaN for python, -1 for ssd without detections', () => {
    const truths = [{ id: 'i', objects: [truth(0)] }];
    const found = [hit(0, 1)];
    const devkit = vocMap(found, truths, options);
    expect([devkit.mAP, devkit.withoutObjects]).toEqual([1, ['b']]);
    const python = vocMap(found, truths, { ...options, rule: 'python' });
    expect([python.mAP, python.withoutObjects]).toEqual([0.5, []]);
    const stray = [...found, { ...hit(0, 1), label: 1 }];
    expect(vocMap(stray, truths, { ...options, rule: 'python' }).mAP).toBeNaN();
    expect(vocMap(stray, truths, { ...options, rule: 'python', metric: '11-point' }).mAP).toBeCloseTo(0.5, 12);
    expect(vocMap(found, truths, { ...options, rule: 'ssd' }).mAP).toBe(0);
  });

  test('the ssd rule on continuous boxes rounds scores and boxes as its results files do', () => {
    const truths = [{ id: 'i', objects: [truth(100)] }];
    // 0.7001 and 0.7004 become equal, so the order of the list decides.
    const result = classA([hit(0, 0.7001), hit(100, 0.7004)], truths, { rule: 'ssd' });
    expect([...result.scores]).toEqual([0.7, 0.7]);
    expect([...result.precision]).toEqual([0, 0.5]);
  });

  test('two empty boxes do not match', () => {
    const empty: Box = [5, 5, 5, 5];
    const truths = [{ id: 'i', objects: [{ box: empty, label: 0 }] }];
    const detections = [{ image: 'i', box: empty, label: 0, score: 1 }];
    for (const rule of ['devkit', 'python', 'ssd'] as const) expect(classA(detections, truths, { rule }).ap).toBe(0);
  });
});

test('adding images and detections piece by piece gives the result of one call', () => {
  const evaluator = new VocEvaluator(options);
  evaluator.addImage('i', [truth(0)]);
  evaluator.addDetections('i', [hit(0, 0.3)]);
  evaluator.addImage('j', [truth(20)]);
  evaluator.addDetections('j', [hit(90, 0.9, 'j'), hit(20, 0.1, 'j')]);
  const truths = [
    { id: 'i', objects: [truth(0)] },
    { id: 'j', objects: [truth(20)] },
  ];
  expect(evaluator.result()).toEqual(vocMap([hit(0, 0.3), hit(90, 0.9, 'j'), hit(20, 0.1, 'j')], truths, options));
});

test('detections equal to the objects give mAP 1, in any order of images', () => {
  const images = fc.array(fc.array(fc.tuple(fc.nat(400), fc.nat(400), fc.nat(1)), { maxLength: 6 }), { maxLength: 8 });
  fc.assert(
    fc.property(images, (scenes) => {
      const truths = scenes.map((scene, i) => {
        // One object a place, so that an exact hit is the nearest truth.
        const places = new Map(scene.map(([x, y, label]) => [`${x},${y},${label}`, { box: box(x, y), label }]));
        return { id: `${i}`, objects: [...places.values()] };
      });
      fc.pre(truths.some(({ objects }) => objects.length > 0));
      const detections = truths.flatMap(({ id, objects }) =>
        objects.map((object, k) => ({ ...object, image: id, score: 1 / (1 + k) })),
      );
      expect(vocMap(detections.reverse(), truths, options).mAP).toBe(1);
    }),
    { numRuns: 50 },
  );
});

test('no images, no objects: the mean over no class is NaN, and says so', () => {
  const result = vocMap([], [], options);
  expect(result.mAP).toBeNaN();
  expect(result.withoutObjects).toEqual(['a', 'b']);
});

describe('wrong input is refused by name', () => {
  const truths = [{ id: 'i', objects: [truth(0)] }];
  test.each([
    [() => vocMap([hit(0, 1, 'k')], truths, options), /image k, which is not among the truths/],
    [() => vocMap([{ ...hit(0, 1), label: 2 }], truths, options), /label must be 0 to 1, got 2/],
    [() => vocMap([hit(0, Number.NaN)], truths, options), /score must be a number/],
    [() => vocMap([hit(Number.NaN, 1)], truths, options), /four finite numbers/],
    [() => vocMap([], [...truths, ...truths], options), /image i was added twice/],
    [() => vocMap([], truths, { ...options, iou: 0 }), /iou must be in/],
    [() => vocMap([], truths, { ...options, metric: 'areas' as 'area' }), /unknown name "areas".*Did you mean "area"/],
    [() => vocMap([], truths, { ...options, rule: 'coco' as 'ssd' }), /known: devkit, python, ssd/],
  ])('%#', (call, message) => expect(call).toThrow(message));
});

describe('several thresholds', () => {
  const truths = [{ id: 'i', objects: [truth(0), truth(100)] }];
  const detections = [hit(0, 0.9), hit(101, 0.8), hit(3, 0.7), hit(104, 0.6)];

  test('each result is that of its own call, the mean is of all', () => {
    const { mAP, results } = vocMapRange(detections, truths, options);
    expect(results.map(({ iou }) => iou)).toEqual(vocIouRange);
    for (const result of results) expect(result).toEqual(vocMap(detections, truths, { ...options, iou: result.iou }));
    expect(mAP).toBeCloseTo(results.reduce((sum, result) => sum + result.mAP, 0) / 10, 12);
    expect(vocMapRange(detections, truths, { ...options, ious: [0.5] }).mAP).toBe(
      vocMap(detections, truths, options).mAP,
    );
  });

  test('no threshold, or one outside (0, 1], is refused', () => {
    expect(() => vocMapRange([], truths, { ...options, ious: [] })).toThrow(/must name a threshold/);
    expect(() => vocMapRange([], truths, { ...options, ious: [0.5, 1.5] })).toThrow(/iou must be in \(0, 1\], got 1.5/);
  });
});
