import { Random } from '@onebit/common';
import { mask } from 'cocoapi-js';
import { describe, expect, test } from 'vitest';
import type { Box } from '../voc-rules.js';
import { tideErrors } from './tide.js';
import type { TideDetection, TideError, TideErrorType, TideOptions, TideTruths } from './types.js';
import { tideErrorTypes } from './types.js';

const classes = ['a', 'b', 'c'];
const options: TideOptions & { classes: string[] } = { classes, classMean: 'coco' };

interface Scene {
  readonly detections: TideDetection[];
  readonly truths: TideTruths[];
}

/** Crowded random images in which every kind of error occurs; all scores differ. */
function sceneOf(seed: number, images = 8): Scene {
  const random = new Random(seed);
  const place = (): Box => {
    const [x, y] = [random.int(30), random.int(30)];
    return [x, y, x + 8 + random.int(8), y + 8 + random.int(8)];
  };
  const shaken = (box: Box) => box.map((x) => x + random.int(7) - 3) as unknown as Box;
  const detections: TideDetection[] = [];
  const truths = Array.from({ length: images }, (_, i) => {
    const objects = Array.from({ length: random.int(6) }, () => ({
      box: place(),
      label: random.int(3),
      crowd: random.chance(0.1),
      difficult: random.chance(0.1),
    }));
    for (let d = random.int(14); d > 0; d--) {
      const near =
        objects.length > 0 && random.chance(0.7) ? random.pick(objects) : { box: place(), label: random.int(3) };
      const label = random.chance(0.7) ? near.label : random.int(3);
      detections.push({ image: `${i}`, box: shaken(near.box), label, score: random.next() });
    }
    return { id: `${i}`, objects };
  });
  return { detections, truths };
}

/** Really mends the errors of some types in the data. */
function mended({ detections, truths }: Scene, errors: readonly TideError[], types: readonly TideErrorType[]): Scene {
  const objectOf = (error: TideError) => truths.find(({ id }) => id === error.image)?.objects[error.object ?? -1];
  const chosen = errors.filter(({ type }) => types.includes(type));
  const near = errors.filter(({ type }) => type === 'Cls' || type === 'Loc');
  const score = (error: TideError) => detections[error.detection ?? -1].score;
  const found = foundObjects({ detections, truths }, errors);
  const result = chosen.flatMap((error): [number, TideDetection][] => {
    const object = objectOf(error);
    if ((error.type !== 'Cls' && error.type !== 'Loc') || object === undefined || found.has(object)) return [];
    const best = near.filter((other) => objectOf(other) === object).every((other) => score(other) <= score(error));
    const index = error.detection ?? -1;
    return best ? [[index, { ...detections[index], box: object.box, label: object.label }]] : [];
  });
  const replaced = new Map(result);
  const gone = new Set(chosen.map(({ detection }) => detection));
  const missed = new Set(chosen.filter(({ type }) => type === 'Miss').map(objectOf));
  return {
    detections: detections.flatMap((detection, i) => replaced.get(i) ?? (gone.has(i) ? [] : [detection])),
    truths: truths.map(({ id, objects }) => ({ id, objects: objects.filter((object) => !missed.has(object)) })),
  };
}

/** Objects that a correct detection took: plain greedy matching. */
function foundObjects({ detections, truths }: Scene, errors: readonly TideError[]): Set<unknown> {
  const wrong = new Set(errors.map(({ detection }) => detection));
  const taken = new Set<unknown>();
  const ranked = detections.map((detection, i) => ({ ...detection, i })).sort((a, b) => b.score - a.score);
  for (const { image, box, label, i } of ranked) {
    if (wrong.has(i)) continue;
    let [best, largest]: [unknown, number] = [undefined, 0];
    for (const object of truths.find(({ id }) => id === image)?.objects ?? []) {
      const iou = iouOf(box, object.box);
      if (object.label !== label || object.crowd || object.difficult || taken.has(object) || iou <= largest) continue;
      [best, largest] = [object, iou];
    }
    if (largest >= 0.5) taken.add(best);
  }
  return taken;
}

function iouOf(a: Box, b: Box): number {
  const width = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]));
  const height = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const area = (box: Box) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}

const seeds = Array.from({ length: 40 }, (_, i) => i);

describe('repairs', () => {
  test('the gain of each error is that of really mended data', () => {
    const seen = new Set<TideErrorType>();
    for (const seed of seeds) {
      const scene = sceneOf(seed);
      const result = tideErrors(scene.detections, scene.truths, options);
      const errors = result.errors();
      for (const type of tideErrorTypes) {
        const { detections, truths } = mended(scene, errors, [type]);
        const { ap, perClass } = tideErrors(detections, truths, options);
        expect(result.ap + result.dAP[type]).toBeCloseTo(ap, 12);
        for (const [k, after] of perClass.entries()) {
          const gained = result.perClass[k].ap + result.perClass[k].dAP[type];
          if (Number.isNaN(after.ap)) expect(gained).toBeNaN();
          else expect(gained).toBeCloseTo(after.ap, 12);
        }
        if (result.counts[type] > 0) seen.add(type);
      }
    }
    expect(seen.size).toBe(tideErrorTypes.length);
  });

  test('with every error mended AP is 1', () => {
    for (const seed of seeds) {
      const scene = sceneOf(seed);
      const { detections, truths } = mended(
        scene,
        tideErrors(scene.detections, scene.truths, options).errors(),
        tideErrorTypes,
      );
      for (const classMean of ['coco', 'tide'] as const) {
        expect(tideErrors(detections, truths, { classes, classMean }).ap).toBe(1);
      }
    }
  });

  test('AP never falls when nothing is wrong any more', () => {
    for (const seed of seeds) {
      const { detections, truths } = sceneOf(seed);
      const { ap, special } = tideErrors(detections, truths, options);
      expect(special.FalsePos).toBeGreaterThanOrEqual(0);
      expect(ap + special.FalsePos).toBeLessThanOrEqual(1);
    }
  });
});

describe('errors', () => {
  test('each detection has at most one, each object is missed at most once, and the counts are those of the list', () => {
    for (const seed of seeds) {
      const { detections, truths } = sceneOf(seed);
      const { errors, counts, perClass } = tideErrors(detections, truths, options);
      const ofDetections = errors().flatMap(({ detection }) => detection ?? []);
      expect(new Set(ofDetections).size).toBe(ofDetections.length);
      const missed = errors({ type: 'Miss' }).map(({ image, object }) => `${image} ${object}`);
      expect(new Set(missed).size).toBe(missed.length);
      for (const type of tideErrorTypes) {
        expect(errors({ type })).toHaveLength(counts[type]);
        expect(perClass.reduce((sum, of) => sum + of.counts[type], 0)).toBe(counts[type]);
        classes.forEach((_, label) => {
          expect(errors({ type, label })).toHaveLength(perClass[label].counts[type]);
        });
      }
      expect(truths.flatMap(({ id }) => errors({ image: id }))).toEqual(errors());
    }
  });

  test('they have the overlaps that their names say', () => {
    for (const seed of seeds) {
      const { detections, truths } = sceneOf(seed);
      for (const { type, image, detection, object, iou } of tideErrors(detections, truths, options).errors()) {
        if (detection === undefined) continue;
        const { box, label } = detections[detection];
        const real = (truths.find(({ id }) => id === image)?.objects ?? []).filter((o) => !o.crowd && !o.difficult);
        const largest = (list: typeof real) => Math.max(0, ...list.map((o) => iouOf(box, o.box)));
        const same = largest(real.filter((o) => o.label === label));
        const other = largest(real.filter((o) => o.label !== label));
        if (type === 'Loc') expect(same >= 0.1 && same <= 0.5 && iou === same).toBe(true);
        if (type === 'Cls') expect(other >= 0.5 && iou === other).toBe(true);
        if (type === 'Dupe') expect(same > 0.5 && iou === same).toBe(true);
        if (type === 'Bkg') expect(same <= 0.1 && other <= 0.1 && object === undefined).toBe(true);
        if (type === 'Both') expect(same < 0.1 && other > 0.1 && other < 0.5 && iou === other).toBe(true);
      }
    }
  });

  test('the order of detections and images does not matter where all scores differ', () => {
    for (const seed of seeds) {
      const { detections, truths } = sceneOf(seed);
      const numbers = (d: TideDetection[], t: TideTruths[]) => {
        const { ap, dAP, special, counts } = tideErrors(d, t, options);
        return { ap, dAP, special, counts };
      };
      const random = new Random(seed);
      const shuffled = numbers(random.shuffle([...detections]), random.shuffle([...truths]));
      expect(shuffled).toEqual(numbers(detections, truths));
    }
  });

  test('detections on crowds and difficult objects of their class do not count, others do', () => {
    const detections = [{ image: 'i', box: [0, 0, 5, 5] as Box, label: 0, score: 0.5 }];
    const on = (label: number, flags: object, box: Box) =>
      tideErrors(detections, [{ id: 'i', objects: [{ box, label, ...flags }] }], options).counts.Bkg;
    expect(on(0, { crowd: true }, [0, 0, 50, 50])).toBe(0);
    expect(on(1, { crowd: true }, [0, 0, 50, 50])).toBe(1);
    expect(on(0, { difficult: true }, [0, 0, 5, 6])).toBe(0);
    expect(on(0, { difficult: true }, [0, 0, 50, 50])).toBe(1);
  });

  test('of each image the best detections count, over all classes', () => {
    const truths = [{ id: 'i', objects: [{ box: [0, 0, 9, 9] as Box, label: 0 }] }];
    const detections = [0.9, 0.8, 0.7].map((score, label) => ({
      image: 'i',
      box: [50, 50, 60, 60] as Box,
      label,
      score,
    }));
    expect(tideErrors(detections, truths, { ...options, maxDetections: 2 }).counts.Bkg).toBe(2);
  });

  test('masks are compared in place of boxes', () => {
    const stripe = (columns: number) =>
      mask.encode({
        height: 4,
        width: 10,
        data: Uint8Array.from({ length: 40 }, (_, i) => (i % 10 < columns ? 1 : 0)),
      });
    const box: Box = [0, 0, 10, 4];
    const truths = [{ id: 'i', objects: [{ box, label: 0, mask: stripe(10) }] }];
    const found = (columns: number, iouType: 'bbox' | 'segm') =>
      tideErrors([{ image: 'i', box, label: 0, score: 1, mask: stripe(columns) }], truths, { ...options, iouType });
    expect(found(4, 'bbox').ap).toBe(1);
    expect(found(4, 'segm').errors()).toEqual([
      { type: 'Loc', image: 'i', detection: 0, object: 0, label: 0, iou: 0.4 },
    ]);
    expect(found(6, 'segm').ap).toBe(1);
  });
});

test('a class without objects is 0 for tide and left out for coco', () => {
  const truths = [{ id: 'i', objects: [{ box: [0, 0, 9, 9] as Box, label: 0 }] }];
  const detections = [0, 1].map((label) => ({ image: 'i', box: [0, 0, 9, 9] as Box, label, score: 0.5 }));
  const run = (classMean: 'coco' | 'tide') => tideErrors(detections, truths, { classes, classMean });
  expect([run('coco').ap, run('tide').ap]).toEqual([1, 0.5]);
  expect(run('coco').perClass.map(({ ap, objects }) => [ap, objects])).toEqual([
    [1, 1],
    [Number.NaN, 0],
    [Number.NaN, 0],
  ]);
  expect(tideErrors([], [], options).ap).toBeNaN();
});

test('bad input is refused with its place', () => {
  const truths = [{ id: 'i', objects: [] }];
  const detection = { image: 'i', box: [0, 0, 9, 9] as Box, label: 0, score: 0.5 };
  const run =
    (change: object, more: object = {}) =>
    () =>
      tideErrors([{ ...detection, ...change }], truths, { ...options, ...more });
  expect(run({ image: 'j' })).toThrow('tideErrors: detection 0 of image j: the image must be among the truths');
  expect(run({ label: 3 })).toThrow('label must be 0 to 2, got 3');
  expect(run({ score: Number.NaN })).toThrow('score must be a finite number, got NaN');
  expect(run({ box: [0, 0, Number.NaN, 9] })).toThrow('box must be four finite numbers');
  expect(run({}, { iouType: 'segm' })).toThrow("a mask is needed for iouType 'segm'");
  expect(run({}, { iouType: 'mask' })).toThrow('known: bbox, segm');
  expect(run({}, { classMean: 'voc' })).toThrow('known: coco, tide');
  expect(run({}, { background: 0.6 })).toThrow('background 0.6 and foreground 0.5');
  expect(run({}, { maxDetections: 0 })).toThrow('maxDetections');
  expect(() => tideErrors([], [...truths, ...truths], options)).toThrow('image i is repeated');
});
