import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COCO, type CocoOptions } from './coco.js';
import { stringOf } from './mask/index.js';
import { failure } from './testing.js';
import type { CocoAnnotation, CocoId } from './types.js';

const image = (id: CocoId, more: object = {}) => ({ id, file_name: `${id}.jpg`, width: 640, height: 480, ...more });
const annotation = (id: CocoId, image_id: CocoId, more: object = {}) => ({
  id,
  image_id,
  category_id: 18,
  bbox: [1.5, 2, 30.25, 40],
  ...more,
});
const categories = [
  { id: 18, name: 'dog', supercategory: 'animal' },
  { id: 3, name: 'car', supercategory: 'vehicle' },
  { id: 90, name: 'toothbrush' },
];
const file = (data: object) => ({ images: [image(1)], annotations: [], categories, ...data });
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('loading', () => {
  test('gives what JSON.parse gives, from an object, bytes and streams of either kind', async () => {
    const id = fc.oneof(fc.integer({ min: 1 }), fc.string({ unit: 'grapheme' }));
    const images = fc.uniqueArray(fc.record({ id, note: fc.jsonValue() }), {
      selector: (entry) => entry.id,
      minLength: 1,
    });
    const data = images.chain((list) =>
      fc.record({
        info: fc.jsonValue(),
        annotations: fc.uniqueArray(
          fc.record({
            id,
            image_id: fc.constantFrom(...list.map((entry) => entry.id)),
            category_id: fc.constantFrom(18, 3),
          }),
          { selector: (entry) => entry.id },
        ),
        images: fc.constant(list),
        categories: fc.constant(categories),
        type: fc.constant('instances'),
      }),
    );
    await fc.assert(
      fc.asyncProperty(data, fc.integer({ min: 1, max: 50 }), async (given, size) => {
        const bytes = bytesOf(JSON.stringify(given));
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.slice(i * size, i * size + size),
        );
        async function* stream() {
          yield* pieces;
        }
        const { type, ...expected } = JSON.parse(JSON.stringify(given));
        for (const coco of [
          COCO.from(JSON.parse(JSON.stringify(given))), // not `given`: JSON has no -0
          COCO.parse(bytes),
          await COCO.readStream(stream()),
          await COCO.readStream(new Blob(pieces).stream()),
        ]) {
          expect({ ...coco.dataset, annotations: [...coco.dataset.annotations] }).toEqual(expected);
          expect(coco.problems).toEqual([]);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('takes every file of the family', () => {
    const info = COCO.from({ images: [image(1)], info: { year: 2017 }, licenses: [{ id: 1 }] });
    expect(info.dataset).toEqual({
      images: [image(1)],
      annotations: [],
      categories: [],
      info: { year: 2017 },
      licenses: [{ id: 1 }],
    });
    const captions = COCO.from({ images: [image(1)], annotations: [{ id: 5, image_id: 1, caption: 'A dog.' }] });
    expect(captions.loadAnns(captions.getAnnIds({ imgIds: 1 }))[0].caption).toBe('A dog.');
    const people = COCO.from(file({ annotations: [annotation(1, 1, { keypoints: [1, 2, 2], num_keypoints: 1 })] }));
    expect(people.dataset.annotations[0].keypoints).toEqual([1, 2, 2]);
    const panoptic = file({ annotations: [{ image_id: 1, file_name: '1.png', segments_info: [] }] });
    expect(failure(() => COCO.from(panoptic)).message).toContain('PanopticFile');
  });

  test('loads every form of a mask, and keeps entries as they are', () => {
    const forms = [
      [[1, 2, 3, 4, 5, 6]],
      [],
      { size: [480, 640], counts: [1, 2, 3] },
      { size: [480, 640], counts: '0<3' },
    ];
    const annotations = forms.map((segmentation, i) =>
      annotation(i + 1, 1, { segmentation, attributes: { occluded: true } }),
    );
    expect(COCO.from(file({ annotations })).dataset.annotations).toEqual(annotations);
  });

  test('renumber gives annotations new ids and leaves the given ones alone', () => {
    const annotations = [annotation(0, 1), annotation(7, 1), annotation(7, 1)];
    const coco = COCO.from(file({ annotations }), { renumber: true });
    expect(coco.getAnnIds()).toEqual([1, 2, 3]);
    expect(annotations.map(({ id }) => id)).toEqual([0, 7, 7]);
  });

  test.each([
    ['no images', { annotations: [], categories }, '', 'must hold a list images, found none'],
    [
      'no categories',
      { images: [image(1)], annotations: [annotation(1, 1)] },
      '',
      'must hold a list categories, found none',
    ],
    ['a list that is none', file({ images: {} }), 'images', 'must be a list, found {}'],
    ['results', [], '', 'loadRes or readRes takes these'],
    [
      'a width of 0',
      file({ images: [image(1, { width: 0 })] }),
      'images[0].width',
      'must be a positive number of pixels, found 0',
    ],
    [
      'a file name of 5',
      file({ images: [image(1, { file_name: 5 })] }),
      'images[0].file_name',
      'must be a text, found 5',
    ],
    ['an image without id', file({ images: [{}] }), 'images[0].id', 'must be a number or a text, found nothing'],
    [
      'a category without name',
      file({ categories: [{ id: 1 }] }),
      'categories[0].name',
      'must be a text, found nothing',
    ],
    [
      'a box of three',
      file({ annotations: [annotation(1, 1, { bbox: [1, 2, 3] })] }),
      'annotations[0].bbox',
      'must be four numbers',
    ],
    [
      'a box of text',
      file({ annotations: [annotation(1, 1, { bbox: [1, 2, 3, '4'] })] }),
      'annotations[0].bbox',
      'must be four numbers',
    ],
    [
      'a crowd of 2',
      file({ annotations: [annotation(1, 1, { iscrowd: 2 })] }),
      'annotations[0].iscrowd',
      'must be 0 or 1',
    ],
    [
      'an area of text',
      file({ annotations: [annotation(1, 1, { area: 'big' })] }),
      'annotations[0].area',
      'must be a number',
    ],
    [
      'a polygon of text',
      file({ annotations: [annotation(1, 1, { segmentation: [['1']] })] }),
      'annotations[0].segmentation[0]',
      'numbers',
    ],
    [
      'runs without size',
      file({ annotations: [annotation(1, 1, { segmentation: { counts: '0' } })] }),
      'annotations[0].segmentation.size',
      '[height, width]',
    ],
    [
      'joints of two',
      file({ annotations: [annotation(1, 1, { keypoints: [1, 2] })] }),
      'annotations[0].keypoints',
      '[x1, y1, v1, …]',
    ],
    ['an entry that is none', file({ annotations: [null] }), 'annotations[0]', 'must be an object, found null'],
    ['no category id', file({ annotations: [{ id: 1, image_id: 1 }] }), 'annotations[0].category_id', 'found nothing'],
  ])('names the field for %s, strict or not', (_, data, place, complaint) => {
    for (const strict of [true, false]) {
      for (const act of [
        () => COCO.from(data, { file: 'a.json', strict }),
        () => COCO.parse(bytesOf(JSON.stringify(data)), { file: 'a.json', strict }),
      ]) {
        const error = failure(act);
        expect(error.place).toBe(place);
        expect(error.message).toMatch(/^a\.json: /);
        expect(error.complaint).toContain(complaint);
      }
    }
  });

  test('what is no document at all is an error', () => {
    for (const data of [undefined, null, 5, 'text']) failure(() => COCO.from(data));
    let deep: unknown = [];
    for (let i = 0; i < 100_000; i++) deep = [deep];
    failure(() => COCO.from(file({ annotations: deep })));
  });
});

describe('strict loading', () => {
  const triangle = [[0, 0, 40, 0, 0, 40]];
  const cases: [code: string, place: string, data: object][] = [
    ['annotation-id-zero', 'annotations[1].id', { annotations: [annotation(5, 1), annotation(0, 1)] }],
    [
      'duplicate-annotation-id',
      'annotations[2].id',
      { annotations: [annotation(5, 1), annotation(6, 1), annotation(5, 1)] },
    ],
    ['duplicate-image-id', 'images[1].id', { images: [image(1), image(1)] }],
    ['duplicate-category-id', 'categories[1].id', { categories: [categories[0], categories[0]] }],
    ['unsafe-id', 'annotations[0].id', { annotations: [annotation(2 ** 53, 1)] }],
    ['unknown-image', 'annotations[0].image_id', { annotations: [annotation(5, '1')] }],
    ['unknown-category', 'annotations[0].category_id', { annotations: [annotation(5, 1, { category_id: 17 })] }],
    ['ignore-field', 'annotations[0].ignore', { annotations: [annotation(5, 1, { ignore: 1 })] }],
    ['negative-box', 'annotations[0].bbox', { annotations: [annotation(5, 1, { bbox: [1, 2, -3, 4] })] }],
    ['invalid-number', 'annotations[0].bbox', { annotations: [annotation(5, 1, { bbox: [1, Number.NaN, 3, 4] })] }],
    ['invalid-number', 'annotations[0].area', { annotations: [annotation(5, 1, { area: Number.POSITIVE_INFINITY })] }],
    [
      'area-of-box',
      'annotations[0].area',
      { annotations: [annotation(5, 1, { bbox: [0, 0, 40, 40], area: 1600, segmentation: triangle })] },
    ],
    ['area-of-one', 'annotations[0].area', { annotations: [annotation(5, 1, { area: 1 })] }],
    [
      'mask-size',
      'annotations[0].segmentation.size',
      { annotations: [annotation(5, 1, { segmentation: { size: [640, 480], counts: [1] } })] },
    ],
  ];

  test.each(cases)('%s at %s is an error that says how to go on', (code, place, data) => {
    const error = failure(() => COCO.from(file(data), { file: 'a.json' }));
    expect(error.code).toBe(code);
    expect(error.place).toBe(place);
    expect(error.message).toMatch(
      /^a\.json: \S+: must .*, found .*\. pycocotools .*\. To mend it: .*, or strict: false/,
    );
  });

  test.each(cases)('strict: false lets %s at %s pass and lists it', (code, place, data) => {
    const given = file(data);
    const { problems, dataset } = COCO.from(given, { strict: false });
    expect(problems).toEqual([{ code, place, count: 1, message: expect.stringContaining('pycocotools') }]);
    expect(dataset).toEqual(given);
  });

  test('counts what it found', () => {
    const annotations = [annotation(0, 1), annotation(0, 2), annotation(0, 3)];
    const error = failure(() => COCO.from(file({ annotations })));
    expect(error.message).toContain('found 0 and 2 more');
    expect(error.message).toContain('besides duplicate-annotation-id (2); besides unknown-image (2)');
  });

  test('a list that stands twice is an error; otherwise the last one counts, as in Python', () => {
    const text = `{"images": [], "annotations": [], "categories": [], "images": [${JSON.stringify(image(4))}]}`;
    expect(failure(() => COCO.parse(bytesOf(text))).code).toBe('duplicate-member');
    const coco = COCO.parse(bytesOf(text), { strict: false });
    expect(coco.dataset.images).toEqual([image(4)]);
    expect(coco.problems[0].code).toBe('duplicate-member');
  });

  test("reads Python's NaN only under strict: false", () => {
    const text = JSON.stringify(file({ annotations: [annotation(1, 1, { area: 5 })] })).replace(
      '"area":5',
      '"area":NaN',
    );
    const parse = (options: CocoOptions) => COCO.parse(bytesOf(text), options);
    expect(failure(() => parse({})).message).toContain('which has no NaN');
    expect(parse({ strict: false }).dataset.annotations[0].area).toBeNaN();
  });

  test('official quirks pass: boxes of no width, huge crowd ids, rectangles as outlines', () => {
    const annotations = [
      annotation(900100002299, 1, { iscrowd: 1, ignore: 1, bbox: [0, 0, 0, 5], area: 0.5 }),
      annotation(2, 1, { bbox: [0, 0, 40, 40], area: 1600, segmentation: [[0, 0, 40, 0, 40, 40, 0, 40]] }),
    ];
    expect(COCO.from(file({ annotations })).problems).toEqual([]);
  });
});

describe('queries', () => {
  const ids = fc.integer({ min: 1, max: 4 });
  const entry = fc.record({
    image_id: ids,
    category_id: ids,
    area: fc.constantFrom(9, 10, 11, 20),
    iscrowd: fc.constantFrom<0 | 1>(0, 1),
  });
  const some = fc.oneof(fc.constant(undefined), ids, fc.array(ids, { maxLength: 3 }));
  const matches = (wanted: number | number[] | undefined, value: CocoId) =>
    wanted === undefined ||
    (typeof wanted === 'number' ? wanted === value : wanted.length === 0 || wanted.includes(value as number));
  const load = (entries: object[]) =>
    COCO.from({
      images: [3, 1, 4, 2].map((id) => image(id)),
      annotations: entries.map((one, i) => ({ id: 100 - i, ...one })),
      categories: [2, 1, 4, 3].map((id) => ({ id, name: `c${id}`, supercategory: `s${id % 2}` })),
    });

  test('getAnnIds finds what a loop over the file finds, in the order of the images', () => {
    const range = fc.constantFrom<[] | [number, number] | undefined>(undefined, [], [9, 20], [9, 11]);
    fc.assert(
      fc.property(
        fc.array(entry),
        some,
        some,
        range,
        fc.constantFrom(undefined, 0 as const, true),
        (entries, imgIds, catIds, areaRng, iscrowd) => {
          const coco = load(entries);
          const fits = ({ category_id, area = 0, iscrowd: crowd }: CocoAnnotation) =>
            matches(catIds, category_id) &&
            (!areaRng?.length || (area > areaRng[0] && area < areaRng[1])) &&
            (iscrowd === undefined || crowd === Number(iscrowd));
          const images = typeof imgIds === 'number' ? [imgIds] : (imgIds ?? []);
          const all = coco.dataset.annotations;
          const inOrder = images.length ? images.flatMap((id) => all.filter(({ image_id }) => image_id === id)) : all;
          expect(coco.getAnnIds({ imgIds, catIds, areaRng, iscrowd })).toEqual(
            inOrder.filter(fits).map(({ id }) => id),
          );
        },
      ),
    );
  });

  test('getImgIds finds the images with all given categories', () => {
    fc.assert(
      fc.property(fc.array(entry), some, some, (entries, imgIds, catIds) => {
        const coco = load(entries);
        const wanted = typeof catIds === 'number' ? [catIds] : (catIds ?? []);
        const expected = [1, 2, 3, 4].filter(
          (id) =>
            matches(imgIds, id) &&
            wanted.every((category) => entries.some((one) => one.image_id === id && one.category_id === category)),
        );
        expect(coco.getImgIds({ imgIds, catIds }).sort()).toEqual(expected);
      }),
    );
  });

  test('getCatIds filters by name, supercategory and id, in file order', () => {
    const coco = load([]);
    expect(coco.getCatIds()).toEqual([2, 1, 4, 3]);
    expect(coco.getCatIds({ catNms: ['c3', 'c2'] })).toEqual([2, 3]);
    expect(coco.getCatIds({ supNms: 's1' })).toEqual([1, 3]);
    expect(coco.getCatIds({ supNms: ['s1'], catIds: [3, 4] })).toEqual([3]);
    expect(coco.getCatIds({ catNms: 'none' })).toEqual([]);
  });

  test('load functions take one id or several, and name one that is none', () => {
    const coco = load([{ image_id: 1, category_id: 2 }]);
    expect(coco.loadImgs(4)).toEqual([image(4)]);
    expect(coco.loadCats([3, 1]).map(({ name }) => name)).toEqual(['c3', 'c1']);
    expect(coco.loadAnns([100])[0].image_id).toBe(1);
    expect(failure(() => coco.loadImgs('4')).message).toContain('must hold the id "4"');
  });

  test('indexes are those of pycocotools', () => {
    const coco = load([
      { image_id: 1, category_id: 2 },
      { image_id: 4, category_id: 2 },
      { image_id: 1, category_id: 2 },
    ]);
    expect(coco.catToImgs.get(2)).toEqual([1, 4, 1]);
    expect(coco.imgToAnns.get(1)?.map(({ id }) => id)).toEqual([100, 98]);
    expect(coco.annotationsOf(3)).toEqual([]);
    expect([...coco.categoryIndex]).toEqual([
      [2, 0],
      [1, 1],
      [4, 2],
      [3, 3],
    ]);
    expect(coco.orphans).toEqual([]);
  });
});

describe('masks', () => {
  const masked = (segmentation: unknown) =>
    COCO.from(file({ images: [image(1, { width: 5, height: 4 })], annotations: [annotation(1, 1, { segmentation })] }));
  const counts = [5, 2, 2, 2, 9];

  test('polygons are joined at the size of the image', () => {
    const coco = masked([
      [1, 1, 1, 3, 3, 3, 3, 1],
      [4, 0, 4, 1, 5, 1, 5, 0],
    ]);
    const { height, width, data } = coco.annToMask(coco.dataset.annotations[0]);
    const rows = Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]);
    expect(rows).toEqual([
      [0, 0, 0, 0, 1],
      [0, 1, 1, 0, 0],
      [0, 1, 1, 0, 0],
      [0, 0, 0, 0, 0],
    ]);
  });

  test('runs are compressed, and compressed ones stay as they are', () => {
    const coco = masked({ size: [4, 5], counts });
    const rle = coco.annToRLE(coco.dataset.annotations[0]);
    expect(rle).toEqual({ size: [4, 5], counts: stringOf(Uint32Array.from(counts)) });
    const compressed = masked(rle);
    expect(compressed.annToRLE(compressed.dataset.annotations[0])).toEqual(rle);
  });

  test('an annotation without mask is an error', () => {
    const coco = masked(undefined);
    expect(failure(() => coco.annToRLE(coco.dataset.annotations[0])).message).toContain('annotation 1.segmentation');
  });

  test('a result of a box is its rectangle under strict: false alone', () => {
    const result = { image_id: 1, category_id: 18, bbox: [1, 1, 2, 2] as const, score: 1 };
    const annotations = [annotation(1, 1, { segmentation: [[1, 1, 1, 3, 3, 3, 3, 1]] })];
    const data = file({ images: [image(1, { width: 5, height: 4 })], annotations });
    const [truth, lenient] = [true, false].map((strict) => COCO.from(data, { strict }));
    const loaded = truth.loadRes([result]);
    expect(failure(() => loaded.annToRLE(loaded.loadAnns(1)[0])).message).toContain(
      'frPyObjects makes a mask of a box',
    );
    const boxes = lenient.loadRes([result]);
    expect(boxes.annToRLE(boxes.loadAnns(1)[0])).toEqual(truth.annToRLE(truth.loadAnns(1)[0]));
  });
});
