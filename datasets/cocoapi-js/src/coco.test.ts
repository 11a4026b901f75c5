import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Coco } from './coco.js';
import { CocoError } from './errors.js';

const image = (id: number | string, file_name = `${id}.jpg`) => ({ id, file_name, width: 640, height: 480 });
const annotation = (id: number, image_id: number | string, more: object = {}) => ({
  id,
  image_id,
  category_id: 18,
  bbox: [1.5, 2, 30.25, 40],
  ...more,
});
const categories = [
  { id: 18, name: 'dog', supercategory: 'animal' },
  { id: 3, name: 'car' },
  { id: 90, name: 'toothbrush' },
];

const parse = (text: string) => Coco.parse(new TextEncoder().encode(text), 'instances.json');
const failure = (act: () => unknown): CocoError => {
  try {
    act();
  } catch (error) {
    if (error instanceof CocoError) return error;
    throw error;
  }
  throw new Error('accepted although it should not be');
};

describe('Coco', () => {
  test('numbers categories in file order, whatever the gaps of their ids', () => {
    const coco = Coco.from({ images: [], annotations: [], categories });
    expect([...coco.categoryIndex]).toEqual([
      [18, 0],
      [3, 1],
      [90, 2],
    ]);
  });

  test('finds the annotations of an image in file order, wherever they stand', () => {
    const crowd = annotation(900100002299, 1, {
      iscrowd: 1,
      area: 7.5,
      segmentation: { size: [480, 640], counts: [5, 3] },
    });
    const annotations = [annotation(5, 2), annotation(4, 1), annotation(3, 2), crowd];
    const coco = Coco.from({ images: [image(1), image(2), image(3)], annotations, categories });
    expect(coco.annotationsOf(1)).toEqual([annotations[1], crowd]);
    expect(coco.annotationsOf(2).map(({ id }) => id)).toEqual([5, 3]);
    expect(coco.annotationsOf(3)).toEqual([]);
  });

  test('does not mix the number 7 and the text "7"', () => {
    const coco = Coco.from({
      images: [image(7), image('8')],
      annotations: [annotation(1, '7'), annotation(2, '8')],
      categories,
    });
    expect(coco.annotationsOf(7)).toEqual([]);
    expect(coco.annotationsOf('8').length).toBe(1);
    expect(coco.orphans.map(({ id }) => id)).toEqual([1]);
  });

  test('loads every form of a mask', () => {
    const forms = [
      [
        [1, 2, 3, 4, 5, 6],
        [1, 1, 2, 2, 3, 1],
      ],
      [],
      { size: [480, 640], counts: [1, 2, 3] },
      { size: [480, 640], counts: '0<3' },
    ];
    const annotations = forms.map((segmentation, i) => annotation(i, 1, { segmentation }));
    const coco = Coco.from({ images: [image(1)], annotations, categories });
    expect(coco.annotations.map(({ segmentation }) => segmentation)).toEqual(forms);
  });

  test.each([
    ['no images', { annotations: [], categories }, '', 'found no images'],
    ['a list that is none', { images: {}, annotations: [], categories }, 'images', 'must be a list'],
    [
      'an image without size',
      { images: [{ id: 1, file_name: 'a.jpg', width: 0, height: 4 }] },
      'images[0].width',
      'positive',
    ],
    [
      'a file name that is none',
      { images: [{ ...image(1), file_name: 5 }] },
      'images[0].file_name',
      'must be a text, found 5',
    ],
    ['an image twice', { images: [image(1), image(1)] }, 'images[1].id', 'must not be there twice'],
    ['a category twice', { categories: [categories[0], categories[0]] }, 'categories[1].id', 'must not be there twice'],
    ['a category without name', { categories: [{ id: 1 }] }, 'categories[0].name', 'must be a text, found nothing'],
    ['a box of three', { annotations: [annotation(1, 1, { bbox: [1, 2, 3] })] }, 'annotations[0].bbox', 'four numbers'],
    [
      'a box with text',
      { annotations: [annotation(1, 1, { bbox: [1, 2, 3, '4'] })] },
      'annotations[0].bbox',
      'four numbers',
    ],
    [
      'a crowd flag of 2',
      { annotations: [annotation(1, 1, { iscrowd: 2 })] },
      'annotations[0].iscrowd',
      'must be 0 or 1',
    ],
    [
      'an area that is none',
      { annotations: [annotation(1, 1, { area: 'big' })] },
      'annotations[0].area',
      'must be a number',
    ],
    [
      'a polygon of text',
      { annotations: [annotation(1, 1, { segmentation: [['1']] })] },
      'annotations[0].segmentation[0]',
      'numbers',
    ],
    [
      'run lengths without size',
      { annotations: [annotation(1, 1, { segmentation: { counts: '0' } })] },
      'annotations[0].segmentation.size',
      'height',
    ],
    ['an entry that is none', { annotations: [null] }, 'annotations[0]', 'must be an object'],
  ])('names the field for %s', (_, data, place, complaint) => {
    const whole = { images: [], annotations: [], categories: [], ...data };
    if (place === '') Reflect.deleteProperty(whole, 'images');
    for (const error of [failure(() => Coco.from(whole, 'a.json')), failure(() => parse(JSON.stringify(whole)))]) {
      // Of a list that is none the bytes know line and column, an object the member.
      if (complaint !== 'must be a list') expect(error.place).toBe(place);
      expect(error.message).toMatch(/^(a|instances)\.json: /);
    }
    expect(failure(() => Coco.from(whole)).complaint).toContain(complaint);
  });
});

describe('Coco.parse', () => {
  test('gives what JSON.parse gives, whatever the white space and the order', () => {
    const name = fc.string({ unit: 'grapheme' });
    const id = fc.oneof(fc.integer(), name);
    const file = fc.record({
      info: fc.jsonValue(),
      categories: fc.uniqueArray(fc.record({ id, name }), { selector: (entry) => entry.id }),
      annotations: fc.array(
        fc.record({
          id,
          image_id: id,
          category_id: id,
          bbox: fc.constant([0, 1.5, 2, 1e3]),
          area: fc.double({ noNaN: true, noDefaultInfinity: true }),
        }),
      ),
      images: fc.uniqueArray(
        fc.record({ id, file_name: name, width: fc.integer({ min: 1 }), height: fc.integer({ min: 1 }) }),
        {
          selector: (entry) => entry.id,
        },
      ),
      licenses: fc.jsonValue(),
    });
    fc.assert(
      fc.property(file, fc.constantFrom(undefined, '\t', ' '), (data, space) => {
        const text = JSON.stringify(data, undefined, space);
        const plain = JSON.parse(text);
        const coco = parse(text);
        expect(coco.images).toEqual(plain.images);
        expect(coco.annotations).toEqual(plain.annotations);
        expect(coco.categories).toEqual(plain.categories);
      }),
    );
  });

  test('takes a byte order mark and CR LF', () => {
    expect(parse('\uFEFF{"images":\r\n[],\r\n"annotations":[], "categories" : [ ] }\r\n').images).toEqual([]);
  });

  test.each([
    [
      'a file that ends in a list',
      '{"info": [\n  {"id": 1}',
      /line 1, column 10: must be closed, but the file ends, found "\["/,
    ],
    ['a file that ends in a text', '{"images": [\n  {"id": "1', /line 2, column 10: must be a closed text/],
    ['a missing comma', '{"images": []\n "annotations": []}', /line 2, column 2: must be "," or "}", found "\\""/],
    ['a comma too many', `{"images": [\n${JSON.stringify(image(1))},\n]}`, /line 3, column 1: must be a value/],
    ['a word that is no value', '{"images": [\n{"id": nan}]}', /line 2, column 9: must be JSON/],
    ['a list instead of an object', '[]', /line 1, column 1: must be "{", found "\["/],
    ['something after the end', '{"images": []} x', /line 1, column 16: must be the end of the file, found "x"/],
    ['nothing', '', /line 1, column 1: must be "{", found the end of the file/],
    ['a list that is none', '{"images": 5}', /line 1, column 12: must be "\[", found "5"/],
  ])('gives line and column for %s', (_, text, message) => {
    const error = failure(() => parse(text));
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^instances\.json: line/);
  });

  test('every file cut short is an error, never a shorter data set', () => {
    const whole = JSON.stringify({ images: [image(1)], annotations: [annotation(1, 1)], categories });
    for (let length = 0; length < whole.length; length++) failure(() => parse(whole.slice(0, length)));
  });
});
