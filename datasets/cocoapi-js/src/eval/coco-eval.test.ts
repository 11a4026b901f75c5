import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COCO } from '../coco.js';
import type { CocoAnnotation, CocoBoxResult, CocoId } from '../types.js';
import { COCOeval, type EvalOptions } from './coco-eval.js';
import type { Params } from './params.js';

const categories = [3, 7, 18].map((id) => ({ id, name: `class ${id}` }));
const imagesOf = (ids: readonly CocoId[]) => ids.map((id) => ({ id, width: 40, height: 30 }));
const imageIds = [11, 5, 8, 20];

const box = fc.tuple(fc.nat(20), fc.nat(20), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }));
const place = { image_id: fc.constantFrom(...imageIds), category_id: fc.constantFrom(3, 7, 18), bbox: box };
const objects = fc.array(fc.record({ ...place, iscrowd: fc.constantFrom(0 as const, 0 as const, 1 as const) }), {
  maxLength: 12,
});
const tied = fc.array(fc.record({ ...place, score: fc.constantFrom(0, 0.25, 0.5, 0.5, 1) }), {
  minLength: 1,
  maxLength: 40,
});
/** Small areas, so that every range is met. */
const params: Partial<Params> = {
  areaRng: [
    [0, 1e10],
    [0, 30],
    [30, 60],
    [60, 1e10],
  ],
};

type Objects = readonly Pick<CocoAnnotation, 'image_id' | 'category_id' | 'bbox' | 'iscrowd'>[];

function evaluate(
  truths: Objects,
  results: readonly CocoBoxResult[],
  changes: Partial<Params> = params,
  images = imagesOf(imageIds),
  options: EvalOptions = {},
): COCOeval {
  const annotations = truths.map((truth, i) => ({ ...truth, id: i + 1, area: truth.bbox![2] * truth.bbox![3] }));
  const coco = COCO.from({ images, annotations, categories }, options);
  const evaluation = new COCOeval(coco, coco.loadRes(results), 'bbox');
  Object.assign(evaluation.params, changes);
  evaluation.evaluate();
  evaluation.accumulate();
  return evaluation;
}

const arraysOf = ({ eval: { precision, recall, scores } }: COCOeval) => [[...precision], [...recall], [...scores]];
/** The same detections with different scores each, in the same order. */
const untied = (results: readonly CocoBoxResult[]) =>
  results.map((result, i) => ({ ...result, score: 1 - i / results.length }));

describe('invariances', () => {
  test('the order of files does not matter where no scores are equal', () => {
    fc.assert(
      fc.property(objects, tied, fc.infiniteStream(fc.nat()), (truths, results, numbers) => {
        const shuffled = <T>(list: readonly T[]) =>
          list
            .map((value) => ({ value, key: numbers.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ value }) => value);
        // Equal boxes of an image may take one another's match: their scores are what is counted.
        const detections = untied(results);
        const straight = evaluate([], detections);
        expect(arraysOf(evaluate([], shuffled(detections)))).toEqual(arraysOf(straight));
        expect(arraysOf(evaluate(truths, shuffled(detections)))).toEqual(arraysOf(evaluate(truths, detections)));
      }),
      { numRuns: 50 },
    );
  });

  test('a class without objects changes no number, only its own place in the arrays', () => {
    fc.assert(
      fc.property(objects, tied, (truths, results) => {
        const kept = truths.filter(({ category_id }) => category_id !== 18);
        const without = evaluate(kept, results, { ...params, catIds: [3, 7] });
        const all = evaluate(kept, results);
        expect([...all.stats]).toEqual([...without.stats]);
        const [empty] = all.perCategory().slice(2);
        expect([empty.AP, empty.AR, empty.objects]).toEqual([-1, -1, 0]);
        const cost = results.some(({ category_id }) => category_id === 18) ? 1 : 0;
        const codes = all.problems.filter(({ message }) => message.includes('18')).map(({ code }) => code);
        expect(codes.length).toBe(cost);
      }),
      { numRuns: 50 },
    );
  });

  test('scores count by their order alone', () => {
    fc.assert(
      fc.property(objects, tied, (truths, results) => {
        const scaled = results.map((result) => ({ ...result, score: 3 * result.score ** 3 - 5 }));
        const [a, b] = [evaluate(truths, results), evaluate(truths, scaled)];
        expect([...b.eval.precision]).toEqual([...a.eval.precision]);
        expect([...b.eval.recall]).toEqual([...a.eval.recall]);
      }),
      { numRuns: 50 },
    );
  });

  test('recalls of two sets of images together are those of each, weighted by objects', () => {
    fc.assert(
      fc.property(objects, tied, (truths, results) => {
        const parts = [imageIds.slice(0, 2), imageIds.slice(2)].map((imgIds) =>
          evaluate(truths, results, { ...params, imgIds }),
        );
        const whole = evaluate(truths, results);
        whole.perCategory().forEach(({ objects: count, AR }, k) => {
          const found = parts.map((part) => part.perCategory()[k]);
          expect(found[0].objects + found[1].objects).toBe(count);
          if (count === 0) return;
          const sum = found.reduce((total, part) => total + (part.objects ? part.AR * part.objects : 0), 0);
          expect(AR).toBeCloseTo(sum / count, 12);
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('statsOf', () => {
  test('equals an evaluation of a set in which the images stand that often, ties included', () => {
    const weights = fc.uint8Array({ minLength: 4, maxLength: 4, max: 3 });
    fc.assert(
      fc.property(objects, tied, weights, fc.boolean(), (truths, results, times, all) => {
        const changes: Partial<Params> = { ...params, useCats: all ? 1 : 0 };
        const sorted = [...imageIds].sort((a, b) => a - b);
        const copies = sorted.flatMap((id, i) => Array.from({ length: times[i] }, (_, copy) => [id, 100 * id + copy]));
        const copied = <T extends { image_id: CocoId }>(list: readonly T[]) =>
          copies.flatMap(([id, copy]) =>
            list.filter(({ image_id }) => image_id === id).map((entry) => ({ ...entry, image_id: copy })),
          );
        const repeated = copied(results);
        if (repeated.length === 0) return;
        const wanted = evaluate(copied(truths), repeated, changes, imagesOf(copies.map(([, copy]) => copy)));
        const evaluation = evaluate(truths, results, changes);
        expect([...evaluation.statsOf(Uint32Array.from(times))]).toEqual([...wanted.stats]);
        expect([...evaluation.statsOf(new Uint32Array(4).fill(1))]).toEqual([...evaluation.stats]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('views of the arrays', () => {
  const truths: Objects = [
    { image_id: 5, category_id: 3, bbox: [0, 0, 10, 10], iscrowd: 0 },
    { image_id: 5, category_id: 7, bbox: [5, 5, 10, 10], iscrowd: 0 },
    { image_id: 8, category_id: 3, bbox: [0, 0, 8, 8], iscrowd: 0 },
  ];
  const results: CocoBoxResult[] = [
    { image_id: 5, category_id: 3, bbox: [0, 0, 10, 10], score: 0.9 },
    { image_id: 5, category_id: 3, bbox: [20, 20, 5, 5], score: 0.8 },
    { image_id: 8, category_id: 3, bbox: [0, 0, 8, 4], score: 0.7 },
  ];
  const evaluation = evaluate(truths, results, {});

  test('per category', () => {
    const [third, seventh, last] = evaluation.perCategory();
    expect(third).toMatchObject({ id: 3, name: 'class 3', objects: 2, detections: 3, AR: 0.55 });
    expect(third.AP50).toBeGreaterThan(third.AP75);
    expect(seventh).toMatchObject({ AP: 0, objects: 1, detections: 0 });
    expect(last).toMatchObject({ AP: -1, AR: -1, objects: 0 });
    expect(evaluation.stats[0]).toBeCloseTo((third.AP + seventh.AP) / 2, 12);
  });

  test('precision over recall', () => {
    const [curve, , empty] = evaluation.precisionRecall();
    expect([curve.recall.length, curve.precision[0], curve.scores[0], curve.scores[100]]).toEqual([
      101,
      1 - 2 ** -52,
      0.9,
      0.7,
    ]);
    expect([empty.hasObjects, empty.precision[0]]).toEqual([false, -1]);
    expect(() => evaluation.precisionRecall({ iouThr: 0.3 })).toThrow(/iouThr must be one of 0.5, .* found 0.3/);
  });

  test('IoU of a pair, and the matches of an image', () => {
    expect(evaluation.computeIoU(8, 3)).toEqual({ dtIds: [3], gtIds: [3], iou: Float64Array.of(0.5) });
    expect(evaluation.computeIoU(8, 7).iou.length).toBe(0);
    const [image5] = evaluation.evalImgs;
    expect(image5).toMatchObject({
      image_id: 5,
      category_id: 3,
      maxDet: 100,
      dtIds: [1, 2],
      gtMatches: Array(10).fill([1]),
    });
  });

  test('a part of the evaluated parameters can be accumulated alone', () => {
    const part = evaluate(truths, results, {});
    part.accumulate(Object.assign(part.params, { imgIds: [5], catIds: [7, 3], maxDets: [1, 2, 100], iouThrs: [0.5] }));
    const alone = evaluate(truths, results, { imgIds: [5], catIds: [3, 7], maxDets: [1, 2, 100], iouThrs: [0.5] });
    const [seventh, third] = part.perCategory();
    expect([third, seventh]).toEqual(alone.perCategory());
    expect(() => part.accumulate(Object.assign(part.params, { iouThrs: [0.3] }))).toThrow(
      /iouThrs: must be one that was/,
    );
  });

  test('the text is that of pycocotools', () => {
    const lines = evaluation.summarize().split('\n');
    expect(lines.length).toBe(12);
    expect(lines[1]).toMatch(
      /^ Average Precision {2}\(AP\) @\[ IoU=0\.50 {6}\| area= {3}all \| maxDets=100 \] = 0\.\d{3}$/,
    );
    expect(lines[6]).toMatch(
      /^ Average Recall {5}\(AR\) @\[ IoU=0\.50:0\.95 \| area= {3}all \| maxDets= {2}1 \] = 0\.\d{3}$/,
    );
  });
});

describe('what pycocotools answers with a wrong number', () => {
  const truths: Objects = [{ image_id: 5, category_id: 3, bbox: [0, 0, 10, 10], iscrowd: 0 }];
  const results: CocoBoxResult[] = [{ image_id: 5, category_id: 3, bbox: [0, 0, 10, 10], score: 0.9 }];
  const run = (changes: Partial<Params>, strict: boolean) =>
    evaluate(truths, results, changes, imagesOf(imageIds), { strict });

  test.each<[string, Partial<Params>, RegExp, string, number]>([
    ['no recalls', { recThrs: [] }, /recThrs: must not be empty/, 'empty-parameter', -1],
    ['recalls out of order', { recThrs: [1, 0] }, /recThrs: must ascend/, 'unsorted-recalls', 1],
    ['an unknown image', { imgIds: [5, '5'] }, /imgIds: must be ids of the ground truth, found "5"/, 'unknown-id', 1],
    [
      'no limit of 100',
      { maxDets: [1, 10, 300] },
      /maxDets: must hold 100, found \[1, 10, 300\]/,
      'headline-limit',
      -1,
    ],
  ])('%s', (_, changes, message, code, AP) => {
    expect(() => run(changes, true).stats).toThrow(message);
    expect(() => run(changes, true).stats).toThrow(/strict: false/);
    const loose = run(changes, false);
    expect(loose.stats[0]).toBeCloseTo(AP, 12);
    expect(loose.problems.map((problem) => problem.code)).toEqual([code]);
  });

  test('a second evaluation without categories', () => {
    for (const [strict, second] of [
      [true, 1],
      [false, -1],
    ] as const) {
      const evaluation = run({ useCats: 0 }, strict);
      expect(evaluation.stats[0]).toBeCloseTo(1, 12);
      expect(evaluation.params.catIds).toEqual(strict ? [3, 7, 18] : [-1]);
      evaluation.evaluate();
      evaluation.accumulate();
      expect(evaluation.stats[0]).toBeCloseTo(second, 12);
    }
  });

  test('boxes taken for masks, and areas of boxes for areas of masks', () => {
    const segmentation = { size: [30, 40] as [number, number], counts: [0, 5, 25, 3, 1167] };
    const annotations = [{ ...truths[0], id: 1, area: 8, segmentation }];
    for (const result of [results[0], { ...results[0], segmentation: { ...segmentation, counts: '05I3Qg' } }]) {
      const data = { images: imagesOf(imageIds), annotations, categories };
      const masks = (strict: boolean) => {
        const coco = COCO.from(data, { strict });
        const evaluation = new COCOeval(coco, coco.loadRes([result]), 'segm');
        evaluation.evaluate();
        return evaluation;
      };
      expect(() => masks(true)).toThrow(/detections\[0\]/);
    }
  });

  test.each<[string, Partial<Params>, RegExp]>([
    ['no thresholds', { iouThrs: [] }, /iouThrs: must hold at least one/],
    ['no limits', { maxDets: [] }, /maxDets: must hold at least one/],
    ['a limit that is none', { maxDets: [1, 10, 1.5] }, /maxDets\[2\]: must be a whole number/],
    ['names that are too few', { areaRngLbl: ['all'] }, /areaRngLbl: must name the 4 area ranges, found 1/],
    ['two limits', { maxDets: [1, 100] }, /maxDets: must hold three limits/],
  ])('%s is an error in either mode', (_, changes, message) => {
    for (const strict of [true, false]) expect(() => run(changes, strict).summarize()).toThrow(message);
  });

  test('numbers before they are there', () => {
    const coco = COCO.from({ images: imagesOf(imageIds), annotations: [], categories });
    const evaluation = new COCOeval(coco, coco.loadRes(results), 'bbox');
    expect(() => evaluation.stats).toThrow(/call evaluate\(\) and accumulate\(\) first/);
    expect(() => evaluation.accumulate()).toThrow(/call evaluate\(\) first/);
    evaluation.evaluate();
    expect(() => evaluation.statsOf(new Uint32Array(3))).toThrow(/one number for each of 4 images, found 3/);
  });
});
