import { COCO, COCOeval } from 'cocoapi-js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cocoMap } from './coco-map.js';
import type { CocoImageTruths } from './coco-sets.js';
import type { ScoredDetection } from './voc-map.js';
import type { Box } from './voc-rules.js';

const classes = ['cat', 'dog'];
const names = ['b', 'a', 'c'];
const label = fc.constantFrom(0, 1);
const box = fc
  .tuple(fc.nat(30), fc.nat(30), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }))
  .map(([x, y, w, h]): Box => [x, y, x + w, y + h]);
const object = fc.record({ box, label, crowd: fc.boolean(), area: fc.constantFrom(undefined, 100, 5000) });
const sets = fc.tuple(fc.array(object, { maxLength: 5 }), fc.array(object, { maxLength: 5 })).map(([first, second]) => [
  { id: names[0], objects: first },
  { id: names[1], objects: second },
  { id: names[2], objects: [] },
]);
const score = fc.constantFrom(0.1, 0.5, 0.5, 0.9);
const found = fc.array(fc.record({ image: fc.constantFrom(...names), box, label, score }), { minLength: 1 });

test('equals COCOeval on the same boxes, and its metrics are its numbers', () => {
  fc.assert(
    fc.property(sets, found, (truths, detections) => {
      const bboxOf = ([x1, y1, x2, y2]: Box): [number, number, number, number] => [x1, y1, x2 - x1, y2 - y1];
      const annotations = truths
        .flatMap(({ objects }, image_id) => objects.map((entry) => ({ ...entry, image_id })))
        .map(({ box, label, crowd, area, image_id }, i) => {
          const bbox = bboxOf(box);
          return {
            id: i + 1,
            image_id,
            category_id: label,
            bbox,
            area: area ?? bbox[2] * bbox[3],
            iscrowd: Number(crowd),
          };
        });
      const categories = classes.map((name, id) => ({ id, name }));
      const coco = COCO.from({ images: names.map((_, id) => ({ id })), annotations, categories }, { strict: false });
      const results = detections.map(({ image, box, label, score }) => ({
        ...{ image_id: names.indexOf(image), category_id: label, bbox: bboxOf(box), score },
      }));
      const evaluation = new COCOeval(coco, coco.loadRes(results), 'bbox');
      evaluation.evaluate();
      evaluation.accumulate();
      const result = cocoMap(detections, truths, { classes });
      const { AP, AP50, AP75, APsmall, APmedium, APlarge, AR, ARsmall, ARmedium, ARlarge } = result;
      const numbers = [AP, AP50, AP75, APsmall, APmedium, APlarge, ...AR, ARsmall, ARmedium, ARlarge];
      expect(numbers).toEqual([...evaluation.stats]);
      expect(result.perClass).toEqual(evaluation.perCategory());
      expect(result.metrics.imageIds).toEqual(names);
      const defined = numbers.map((value) => (value === -1 ? Number.NaN : value));
      expect(Array.from(result.metrics.values(new Uint32Array(3).fill(1)))).toEqual(defined);
    }),
    { numRuns: 100 },
  );
});

const truth: CocoImageTruths = { id: 'a', objects: [{ box: [0, 0, 10, 10], label: 0 }] };
const detection: ScoredDetection = { image: 'a', box: [0, 0, 10, 10], label: 0, score: 0.5 };

test('classes keep their names and order', () => {
  const { perClass, AP50 } = cocoMap([detection], [truth], { classes, iouThrs: [0.5] });
  expect(perClass.map(({ name, objects, detections }) => [name, objects, detections])).toEqual([
    ['cat', 1, 1],
    ['dog', 0, 0],
  ]);
  expect(AP50).toBeCloseTo(1, 12);
});

test.each<[string, Partial<ScoredDetection>, RegExp]>([
  ['an unknown image', { image: 'z' }, /image z, which is not among the truths/],
  ['a label outside the list', { label: 2 }, /label must be 0 to 1, got 2/],
  ['a box of NaN', { box: [0, 0, Number.NaN, 1] }, /four finite numbers/],
  ['a score of NaN', { score: Number.NaN }, /score must be a number/],
])('%s is refused', (_, change, message) => {
  expect(() => cocoMap([{ ...detection, ...change }], [truth], { classes })).toThrow(message);
});

test('an image twice is refused', () => {
  expect(() => cocoMap([], [truth, truth], { classes })).toThrow(/image a was added twice/);
});
