import { Random } from '@onebit/common';
import { COCO, COCOeval, type CocoResult, mask } from 'cocoapi-js';
import { expect, test } from 'vitest';
import { tideErrors } from './tide.js';
import { tideOfCoco } from './tide-of-coco.js';

type Box = [x: number, y: number, width: number, height: number];
const rectangle = ([x, y, w, h]: Box) => [[x, y, x + w, y, x + w, y + h, x, y + h]];

/** Random boxes, whose masks are the same rectangles; every class has objects. */
function setOf(seed: number, iouType: 'bbox' | 'segm' = 'bbox'): { truth: COCO; results: CocoResult[] } {
  const random = new Random(seed);
  const images = [3, 1, 2].map((id) => ({ id, width: 100, height: 100, file_name: `${id}.jpg` }));
  const categories = [7, 5].map((id) => ({ id, name: `c${id}` }));
  const annotations = images
    .flatMap(({ id: image_id }) =>
      [7, 5, 7, 5].map((category_id) => {
        const bbox: Box = [random.int(50), random.int(50), 10 + random.int(40), 10 + random.int(40)];
        return { image_id, category_id, bbox, area: bbox[2] * bbox[3], iscrowd: 0, segmentation: rectangle(bbox) };
      }),
    )
    .map((annotation, i) => ({ id: i + 1, ...annotation }));
  const results = annotations.flatMap(({ image_id, category_id, bbox: [x, y, width, height] }) =>
    [0, 4, 20].map((shift): CocoResult => {
      const box: Box = [x + shift, y, width, height];
      const found = {
        image_id,
        category_id: random.chance(0.8) ? category_id : 12 - category_id,
        score: random.next(),
      };
      if (iouType === 'bbox') return { ...found, bbox: box };
      return { ...found, segmentation: mask.frPyObjects(rectangle(box), 100, 100)[0] };
    }),
  );
  return { truth: COCO.from({ images, annotations, categories }), results };
}

test.each(['bbox', 'segm'] as const)("%s: with COCO's class mean AP is COCOeval's AP50", (iouType) => {
  for (let seed = 0; seed < 8; seed++) {
    const { truth, results } = setOf(seed, iouType);
    const loaded = truth.loadRes(results);
    const evaluation = new COCOeval(truth, loaded, iouType);
    evaluation.evaluate();
    evaluation.accumulate();
    expect(tideOfCoco(truth, loaded, { classMean: 'coco', iouType }).ap).toBeCloseTo(evaluation.stats[1], 12);
  }
});

test('it is tideErrors over the same boxes, with the ids of the file', () => {
  const { truth, results } = setOf(1);
  const corners = ([x, y, w, h]: readonly number[]) => [x, y, x + w, y + h] as const;
  const label = (id: unknown) => (id === 7 ? 0 : 1);
  const loaded = truth.loadRes(results);
  const truths = truth.dataset.images.map(({ id }) => ({
    id: String(id),
    objects: (truth.imgToAnns.get(id) ?? []).map(({ bbox, category_id }) => ({
      box: corners(bbox ?? []),
      label: label(category_id),
    })),
  }));
  const detections = loaded.dataset.annotations.map(({ image_id, category_id, bbox, score }) => ({
    image: String(image_id),
    label: label(category_id),
    box: corners(bbox ?? []),
    score: score ?? 0,
  }));
  const plain = tideErrors(detections, truths, { classes: ['c7', 'c5'], classMean: 'tide' });
  const { errors, ...numbers } = tideOfCoco(truth, loaded, { classMean: 'tide' });
  expect(plain).toMatchObject(numbers);
  expect(errors().map((error) => ({ ...error, image: String(error.image) }))).toEqual(plain.errors());
  expect(errors({ image: 3 }).every(({ image }) => image === 3)).toBe(true);
});

test('what the ground truth does not have is refused', () => {
  const { truth, results } = setOf(2);
  const loaded = truth.loadRes(results);
  const { images, annotations, categories } = truth.dataset;
  const run = (dataset: object) => () => tideOfCoco(COCO.from(dataset), loaded, { classMean: 'coco' });
  const only = (id: number) => annotations.filter(({ category_id, image_id }) => category_id !== id && image_id !== id);
  expect(run({ images, annotations: only(5), categories: categories.slice(0, 1) })).toThrow(
    /category_id must be .* got 5/,
  );
  expect(run({ images: images.slice(1), annotations: only(3), categories })).toThrow(/image_id must be .* got 3/);
  expect(() => tideOfCoco(truth, truth, { classMean: 'coco' })).toThrow('annotation 1: score must be a finite number');
});
