import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COCO } from './coco.js';
import { mask } from './index.js';
import { failure } from './testing.js';
import type { CocoResult } from './types.js';

const data = {
  images: [
    { id: 1, width: 6, height: 4 },
    { id: 2, width: 6, height: 4 },
  ],
  categories: [{ id: 3, name: 'car' }],
  annotations: [],
};
const truth = COCO.from(data, { file: 'gt.json' });
const lenient = COCO.from(data, { file: 'gt.json', strict: false });
const box = (more: object = {}) => ({ image_id: 1, category_id: 3, bbox: [1, 2, 3, 2], score: 0.5, ...more });
const pixels = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const rle = mask.encode({ height: 4, width: 6, data: pixels });
const segment = (more: object = {}) => ({ image_id: 2, category_id: 3, segmentation: rle, score: 0.5, ...more });
const load = (results: unknown, coco = truth) => coco.loadRes(results as CocoResult[]);

describe('loadRes', () => {
  test('boxes get the area of their box, and ids by position', () => {
    const results = [box({ id: 99, area: 1, iscrowd: 1 }), box({ image_id: 2, bbox: [0, 0, 0.5, 0.5] })];
    const before = structuredClone(results);
    const loaded = load(results);
    expect(loaded.dataset.annotations).toEqual([
      { ...box(), id: 1, area: 6, iscrowd: 0 },
      { ...box({ image_id: 2, bbox: [0, 0, 0.5, 0.5] }), id: 2, area: 0.25, iscrowd: 0 },
    ]);
    expect(results).toEqual(before);
    expect(loaded.dataset.images).toEqual(data.images);
    expect(loaded.dataset.categories).toEqual(data.categories);
  });

  test('masks get the pixels and the box of the mask', () => {
    const [loaded] = load([segment({ bbox: [] })]).dataset.annotations;
    expect(loaded).toEqual({ ...segment(), id: 1, area: 3, bbox: [1, 1, 2, 2], iscrowd: 0 });
  });

  test('a box in the first result makes every area that of the box', () => {
    const loaded = load([box({ segmentation: rle }), box()]).dataset.annotations;
    expect(loaded.map(({ area }) => area)).toEqual([6, 6]);
    expect(loaded[0].segmentation).toEqual(rle);
  });

  test('keypoints get the box around them', () => {
    const [loaded] = load([{ image_id: 1, category_id: 3, keypoints: [1, 2, 1, 4, 3, 0], score: 1 }]).dataset
      .annotations;
    expect(loaded).toMatchObject({ area: 3, bbox: [1, 2, 3, 1], keypoints: [1, 2, 1, 4, 3, 0] });
  });

  test('captions keep the images that have one', () => {
    const loaded = load([{ image_id: 2, caption: 'A car.' }]);
    expect(loaded.getImgIds()).toEqual([2]);
    expect(loaded.dataset.annotations).toEqual([{ id: 1, image_id: 2, caption: 'A car.' }]);
  });

  test.each([
    ['no results', [], '', 'must hold at least one result'],
    ['an object', { images: [] }, '', 'must be a list of results'],
    [
      'an unknown image',
      [box(), box({ image_id: 7 })],
      'results[1].image_id',
      'Results do not correspond to current coco set',
    ],
    [
      'an image id of the other type',
      [box({ image_id: '1' })],
      'results[0].image_id',
      'it has 1: write ids as they stand there',
    ],
    [
      'a first result of nothing',
      [{ image_id: 1, category_id: 3, score: 1 }],
      'results[0]',
      'must have bbox, segmentation',
    ],
    ['a box missing later', [box(), segment()], 'results[1].bbox', 'must be four numbers'],
    ['a mask missing later', [segment(), box()], 'results[1].segmentation', 'must be run lengths'],
    ['no score', [box({ score: undefined })], 'results[0].score', 'must be a number, found nothing'],
    ['a score of text', [box({ score: '0.5' })], 'results[0].score', 'must be a number, found "0.5"'],
    ['no category', [box({ category_id: undefined })], 'results[0].category_id', 'must be a number or a text'],
    [
      'polygons as result',
      [segment({ segmentation: [[1, 1, 2, 2, 3, 1]] })],
      'results[0].segmentation',
      'must be run lengths',
    ],
    [
      'runs as a list',
      [segment({ segmentation: { size: [4, 6], counts: [24] } })],
      'results[0].segmentation.counts',
      'must be compressed',
    ],
    [
      'broken text of a mask',
      [segment({ segmentation: { size: [4, 6], counts: 'é' } })],
      'results[0].segmentation.counts',
      '',
    ],
    ['a result that is none', [box(), 5], 'results[1]', 'must be an object, found 5'],
  ])('names the field for %s, strict or not', (_, results, place, complaint) => {
    for (const coco of [truth, lenient]) {
      const error = failure(() => load(results, coco));
      expect(error.place).toMatch(place === '' ? /^$/ : new RegExp(`^${place.replace(/[[\]]/g, '\\$&')}`));
      expect(error.complaint).toContain(complaint);
    }
  });

  test.each([
    ['unknown-category', 'results[1].category_id', [box(), box({ category_id: 4 })]],
    ['invalid-number', 'results[1].score', [box(), box({ score: Number.NaN })]],
    ['negative-box', 'results[0].bbox', [box({ bbox: [3, 2, -1, 1] })]],
    ['mask-size', 'results[0].segmentation.size', [segment({ segmentation: { ...rle, size: [6, 4] } })]],
  ])('%s at %s is an error, and passes under strict: false', (code, place, results) => {
    const error = failure(() => load(results));
    expect([error.code, error.place]).toEqual([code, place]);
    const { problems, dataset } = load(results, lenient);
    expect(problems.map((problem) => [problem.code, problem.place, problem.count])).toEqual([[code, place, 1]]);
    expect(dataset.annotations.length).toBe(results.length);
  });
});

describe('readRes', () => {
  test('gives what loadRes gives, and NaN under strict: false', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'cocoapi-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'dt.json');
    const results = Array.from({ length: 3000 }, (_, i) => box({ score: i / 3000, image_id: 1 + (i % 2) }));
    await writeFile(path, JSON.stringify(results));
    expect((await truth.readRes(path)).dataset).toEqual(load(results).dataset);
    await writeFile(path, JSON.stringify([box()]).replace('0.5', 'NaN'));
    await expect(truth.readRes(path)).rejects.toThrow('which has no NaN');
    expect((await lenient.readRes(path)).problems[0].code).toBe('invalid-number');
    await writeFile(path, JSON.stringify(data));
    await expect(truth.readRes(path)).rejects.toThrow('must be a list of results');
    await expect(truth.readRes(join(folder, 'none.json'))).rejects.toThrow('ENOENT');
  });
});
