import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  boundaryIou,
  id2rgb,
  type PanopticCategory,
  PanopticEvaluator,
  type PanopticMap,
  type PanopticOptions,
  type PanopticSegment,
  rgb2id,
} from '../index.js';

const categories: PanopticCategory[] = [
  { id: 7, name: 'cat', isthing: 1 },
  { id: 3, name: 'dog', isthing: true },
  { id: 12, name: 'sky', isthing: 0 },
];
const [cat, dog, sky] = categories.map(({ id }) => id);

/** A map from a list of [id, pixels] and the segments in it. */
const mapOf = (runs: [id: number, pixels: number][], segments_info: PanopticSegment[]): PanopticMap => ({
  ids: Uint32Array.from(runs.flatMap(([id, pixels]) => new Array<number>(pixels).fill(id))),
  segments_info,
});
const segment = (id: number, category_id: number, more: Partial<PanopticSegment> = {}) => ({
  id,
  category_id,
  ...more,
});
const score = (truth: PanopticMap, prediction: PanopticMap, options: PanopticOptions = {}, width?: number) => {
  const evaluator = new PanopticEvaluator(categories, options);
  evaluator.add(truth, prediction, { id: 'cat', width });
  return evaluator.result();
};
const countsOf = (...args: Parameters<typeof score>) =>
  score(...args).perCategory.map((c) => [c.truePositives, c.falsePositives, c.falseNegatives]);

describe('matching', () => {
  test('needs an IoU above one half', () => {
    const truth = mapOf([[1, 10]], [segment(1, cat)]);
    const partly = (pixels: number) =>
      mapOf(
        [
          [5, pixels],
          [0, 10 - pixels],
        ],
        [segment(5, cat)],
      );
    expect(countsOf(truth, partly(5))[0]).toEqual([0, 1, 1]);
    expect(countsOf(truth, partly(6))[0]).toEqual([1, 0, 0]);
    expect(score(truth, partly(6)).perCategory[0]).toMatchObject({ pq: 0.6, sq: 0.6, rq: 1 });
  });

  test('needs the same category', () => {
    const counts = countsOf(mapOf([[1, 4]], [segment(1, cat)]), mapOf([[1, 4]], [segment(1, dog)]));
    expect(counts).toEqual([
      [0, 0, 1],
      [0, 1, 0],
      [0, 0, 0],
    ]);
  });

  test('leaves pixels on void out of the union', () => {
    const truth = mapOf(
      [
        [1, 4],
        [0, 6],
      ],
      [segment(1, cat)],
    );
    expect(score(truth, mapOf([[1, 10]], [segment(1, cat)])).perCategory[0].pq).toBe(1);
  });

  test('does not punish what lies mostly on void or on the crowd of its category', () => {
    const crowd = segment(2, cat, { iscrowd: 1 });
    const truth = mapOf(
      [
        [1, 3],
        [0, 3],
        [2, 3],
      ],
      [segment(1, sky), crowd],
    );
    const predicted = (category: number) =>
      mapOf(
        [
          [0, 1],
          [9, 8],
        ],
        [segment(9, category)],
      ); // 2 on sky, 3 on void, 3 on the crowd
    expect(countsOf(truth, predicted(cat))[0]).toEqual([0, 0, 0]);
    expect(countsOf(truth, predicted(dog))[1]).toEqual([0, 1, 0]);
  });

  test('of several crowds of a category only the last listed excuses', () => {
    const crowds = [segment(1, cat, { iscrowd: 1 }), segment(2, cat, { iscrowd: 1 })];
    const ids: [number, number][] = [
      [1, 6],
      [2, 4],
    ];
    const prediction = mapOf([[9, 10]], [segment(9, cat)]);
    expect(countsOf(mapOf(ids, crowds), prediction)[0]).toEqual([0, 1, 0]);
    expect(countsOf(mapOf(ids, [...crowds].reverse()), prediction)[0]).toEqual([0, 0, 0]);
  });
});

describe('means', () => {
  test('are over the categories that occur, for all, things and stuff', () => {
    const truth = mapOf(
      [
        [1, 4],
        [2, 4],
      ],
      [segment(1, cat), segment(2, sky)],
    );
    const prediction = mapOf(
      [
        [1, 4],
        [0, 4],
      ],
      [segment(1, cat)],
    );
    const { all, things, stuff, perCategory } = score(truth, prediction);
    expect([all, things, stuff].map(({ pq, categories }) => [pq, categories])).toEqual([
      [0.5, 2],
      [1, 1],
      [0, 1],
    ]);
    expect(perCategory.map(({ inMean }) => inMean)).toEqual([true, false, true]);
    expect(score(mapOf([[0, 2]], []), mapOf([[0, 2]], [])).all).toMatchObject({ pq: Number.NaN, categories: 0 });
  });

  const maps = fc
    .array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 20 })
    .map((runs): PanopticMap => {
      const ids = [...new Set(runs.map(([id]) => id))].filter((id) => id !== 0);
      return mapOf(
        runs,
        ids.map((id) => segment(id, categories[id % 3].id)),
      );
    });

  test('are 1 for a perfect prediction, whatever the numbers of its segments', () => {
    fc.assert(
      fc.property(maps, fc.constantFrom(undefined, 0.02), (truth, boundaryRatio) => {
        const renamed = {
          ids: truth.ids.map((id) => (id === 0 ? 0 : 1000 - id)),
          segments_info: truth.segments_info.map(({ id, category_id }) => segment(1000 - id, category_id)).reverse(),
        };
        const { all } = score(truth, renamed, { boundaryRatio }, truth.ids.length);
        if (truth.segments_info.length > 0) expect([all.pq, all.sq, all.rq]).toEqual([1, 1, 1]);
      }),
    );
  });

  test('count an image as often as its weight says', () => {
    const pair = fc.tuple(maps, maps).map(([truth, other]): [PanopticMap, PanopticMap] => {
      const ids = truth.ids.map((_, i) => other.ids[i % other.ids.length]);
      return [truth, { ids, segments_info: other.segments_info.filter(({ id }) => ids.includes(id)) }];
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(pair, fc.nat(3)), { minLength: 1, maxLength: 5 }), (images) => {
        const [evaluator, repeated] = [new PanopticEvaluator(categories), new PanopticEvaluator(categories)];
        for (const [[truth, prediction], times] of images) {
          evaluator.add(truth, prediction);
          for (let k = 0; k < times; k++) repeated.add(truth, prediction);
        }
        const metrics = evaluator.imageMetrics();
        const weighted = Array.from(metrics.values(Uint32Array.from(images, ([, times]) => times)));
        Array.from(repeated.imageMetrics().values()).forEach((value, i) => {
          if (Number.isNaN(value)) expect(weighted[i]).toBeNaN();
          else expect(weighted[i]).toBeCloseTo(value, 12);
        });
        expect(metrics.values()).toEqual(metrics.values(new Uint32Array(images.length).fill(1)));
        expect(metrics.values()[0]).toBe(evaluator.result().all.pq);
        expect(metrics.names.slice(0, 3)).toEqual(['PQ', 'SQ', 'RQ']);
      }),
    );
  });
});

test('boundary PQ takes the smaller of mask IoU and boundary IoU', () => {
  const size = 20;
  const ids = (columns: number) => Uint32Array.from({ length: size * size }, (_, i) => (i % size < columns ? 1 : 2));
  const segments_info = [segment(1, cat), segment(2, dog)];
  const truth = { ids: ids(12), segments_info };
  const prediction = { ids: ids(13), segments_info };
  const expected = [1, 2].map((id) => {
    const [t, p] = [truth, prediction].map((map) => Uint8Array.from(map.ids, (value) => (value === id ? 1 : 0)));
    const { iou } = boundaryIou({ truth: t, prediction: p, height: size, width: size }, 0.05);
    return iou > 0.5 ? iou : 0;
  });
  const evaluator = new PanopticEvaluator(categories, { boundaryRatio: 0.05 });
  evaluator.add(truth, prediction, { width: size });
  expect(evaluator.result().perCategory.map(({ iouSum }) => iouSum)).toEqual([...expected, 0]);
  expect(evaluator.imageMetrics().names[0]).toBe('PQ (boundary, ratio 0.05)');
  expect(() => evaluator.add(truth, prediction)).toThrow('boundaries need the width of the image');
});

describe('refused input', () => {
  const one = mapOf([[1, 4]], [segment(1, cat)]);

  test('of a prediction: names the image, the place and the fix', () => {
    const where = 'panoptic quality: image cat: the prediction: ';
    expect(() =>
      score(
        one,
        mapOf(
          [
            [1, 3],
            [8, 1],
          ],
          [segment(1, cat)],
        ),
        {},
        2,
      ),
    ).toThrow(
      `${where}pixel 3 (row 1, column 1) has id 8, which segments_info does not list; list it or make the pixel 0`,
    );
    expect(() => score(one, mapOf([[1, 4]], [segment(1, cat), segment(2, cat)]))).toThrow(
      `${where}segments_info lists id 2, which no pixel has; remove it`,
    );
    expect(() => score(one, mapOf([[1, 4]], [segment(1, 99)]))).toThrow(
      `${where}segment 1 has category_id 99, which is not among the categories (7, 3, 12)`,
    );
    expect(() => score(one, mapOf([[1, 4]], [segment(1, cat), segment(1, cat)]))).toThrow('lists id 1 twice');
    expect(() => score(one, mapOf([[0, 4]], [segment(0, cat)]))).toThrow('lists id 0, which is void');
    expect(() => score(one, mapOf([[1, 5]], [segment(1, cat)]))).toThrow('the truth has 4 pixels, the prediction 5');
  });

  test('of a truth: unless its list is to be believed', () => {
    const unlisted = mapOf([[1, 4]], []);
    const empty = mapOf([[1, 4]], [segment(1, cat), segment(2, cat)]);
    const wrongArea = mapOf([[1, 4]], [segment(1, cat, { area: 10 })]);
    expect(() => score(unlisted, one)).toThrow(/pixel 0 has id 1.*strict: false for panopticapi's number/);
    expect(() => score(empty, one)).toThrow('lists id 2, which no pixel has');
    expect(() => score(wrongArea, one)).toThrow('segment 1 gives its area as 10, but 4 pixels have its id');
    expect(countsOf(unlisted, one, { strict: false })[0]).toEqual([0, 1, 0]);
    expect(countsOf(empty, one, { strict: false })[0]).toEqual([1, 0, 1]);
    expect(countsOf(wrongArea, one, { strict: false })[0]).toEqual([0, 1, 1]);
  });

  test('options and doubled images', () => {
    expect(() => new PanopticEvaluator([...categories, categories[0]])).toThrow('two categories have the same id');
    expect(() => new PanopticEvaluator(categories, { boundaryRatio: -1 })).toThrow('ratio must be a positive number');
    const evaluator = new PanopticEvaluator(categories);
    evaluator.add(one, one, { id: 'a' });
    expect(() => evaluator.add(one, one, { id: 'a' })).toThrow('image a was added twice');
  });
});

describe('ids as colours', () => {
  test('come back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 24 - 1)), (ids) => {
        const map = Uint32Array.from(ids);
        expect(rgb2id(id2rgb(map))).toEqual(map);
      }),
    );
  });

  test('are R + 256 G + 65536 B, with alpha skipped', () => {
    expect([...rgb2id(Uint8Array.of(1, 2, 3, 255), 4)]).toEqual([1 + 256 * 2 + 65536 * 3]);
  });

  test('out of range are refused', () => {
    expect(() => rgb2id(new Uint8Array(4))).toThrow('4 bytes are no whole number of pixels of 3 channels');
    expect(() => id2rgb(Uint32Array.of(0, 2 ** 24))).toThrow('pixel 1: id must be 0 to 16777215, got 16777216');
  });
});
