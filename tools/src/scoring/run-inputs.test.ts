import { COCO, COCOeval } from 'cocoapi-js';
import { expect, test } from 'vitest';
import { RunInputs } from './run-inputs.js';

type Results = ConstructorParameters<typeof RunInputs>[1];
type Corners = readonly [number, number, number, number];

const object = (box: Corners, label: number, more: object = {}) => ({
  box,
  label,
  difficult: false,
  crowd: false,
  ...more,
});
const result = (id: string, objects: readonly object[], detections: readonly object[]) => ({
  sample: { id, imagePath: `${id}.jpg`, width: 100, height: 100, objects },
  detections,
});

test('COCO numbers of a run are those of its data set and of a results file, areas, crowds and ties included', async () => {
  const results = [
    result('10', [object([0, 0, 40, 40], 0, { area: 900 })], [{ box: [0, 0, 40, 38], label: 0, score: 0.5 }]),
    result(
      '9',
      [object([10, 10, 50, 60], 0), object([0, 0, 90, 90], 1, { difficult: true, crowd: true, area: 5000 })],
      [
        { box: [12, 10, 50, 60], label: 0, score: 0.5 },
        { box: [5, 5, 20, 20], label: 1, score: 0.9 },
        { box: [60, 60, 80, 80], label: 0, score: 0.5 },
      ],
    ),
  ] as unknown as Results;
  const pair = await new RunInputs(['cat', 'dog'], results).coco();

  const file = COCO.from({
    images: [{ id: 10 }, { id: 9 }],
    categories: [
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog' },
    ],
    annotations: [
      { id: 1, image_id: 10, category_id: 1, bbox: [0, 0, 40, 40], area: 900 },
      { id: 2, image_id: 9, category_id: 1, bbox: [10, 10, 40, 50], area: 2000 },
      { id: 3, image_id: 9, category_id: 2, bbox: [0, 0, 90, 90], area: 5000, iscrowd: 1 },
    ],
  });
  const found = file.loadRes([
    { image_id: 10, category_id: 1, bbox: [0, 0, 40, 38], score: 0.5 },
    { image_id: 9, category_id: 1, bbox: [12, 10, 38, 50], score: 0.5 },
    { image_id: 9, category_id: 2, bbox: [5, 5, 15, 15], score: 0.9 },
    { image_id: 9, category_id: 1, bbox: [60, 60, 20, 20], score: 0.5 },
  ]);
  const [ofRun, ofFile] = [new COCOeval(pair.gt, pair.dt, 'bbox'), new COCOeval(file, found, 'bbox')];
  for (const evaluation of [ofRun, ofFile]) {
    evaluation.evaluate();
    evaluation.accumulate();
  }
  expect(ofRun.stats).toEqual(ofFile.stats);
  expect(ofRun.stats[3]).toBeGreaterThan(-1); // 900 square pixels are small, though the box is not
});
