import { join } from 'node:path';
import { OnebitError } from '@onebit/common';
import fc from 'fast-check';
import { vocClasses } from 'pascal-voc-parser';
import { describe, expect, test } from 'vitest';
import { datasetSplits, openDataset } from './open-dataset.js';
import { checkBox, ProblemLog } from './problems.js';
import { folderWith, picture, vocXml } from './testing/fixtures.js';

const size = [50, 40] as const;

async function vocFolder(files: Record<string, string | Uint8Array>): Promise<string> {
  const jpeg = await picture(...size);
  const ids = Object.keys(files).flatMap((name) => /Annotations\/(.*)\.xml$/i.exec(name)?.[1] ?? []);
  const pictures = Object.fromEntries(ids.map((id) => [`JPEGImages/${id}.jpg`, jpeg]));
  return folderWith({ ...pictures, ...files });
}

const failure = async (act: Promise<unknown>): Promise<OnebitError> => {
  const error = await act.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof OnebitError) return error;
  throw error ?? new Error('succeeded although it should not');
};

describe('openDataset on VOC folders', () => {
  test('turns 1-based boxes with both ends inside into 0-based half-open ones', async () => {
    const root = await vocFolder({
      'Annotations/a.xml': vocXml(size, [
        ['cat', 1, 1, 50, 40],
        ['ant', 7, 9, 7, 9],
      ]),
    });
    const { classes, samples, problems } = await openDataset(`voc:${root}`, { split: 'all' });
    expect(classes).toEqual(['ant', 'cat']);
    expect(problems).toEqual([]);
    expect(samples).toEqual([
      {
        id: 'a',
        imagePath: join(root, 'JPEGImages/a.jpg'),
        width: 50,
        height: 40,
        objects: [
          { box: [0, 0, 50, 40], label: 1, difficult: false, crowd: false },
          { box: [6, 8, 7, 9], label: 0, difficult: false, crowd: false },
        ],
      },
    ]);
  });

  test('reads splits with CR LF, joins them, and lists the known ones for a wrong name', async () => {
    const root = await vocFolder({
      'Annotations/a.xml': vocXml(size, []),
      'Annotations/b.xml': vocXml(size, []),
      'ImageSets/Main/train.txt': 'b\r\n',
      'ImageSets/Main/val.txt': 'a\r\n',
    });
    const ids = async (split: string) => (await openDataset(`voc:${root}`, { split })).samples.map(({ id }) => id);
    expect(await ids('train')).toEqual(['b']);
    expect(await ids('train+val')).toEqual(['b', 'a']);
    expect(await datasetSplits(`voc:${root}`)).toEqual(['train', 'val', 'all']);
    const error = await failure(openDataset(`voc:${root}`, { split: 'vall' }));
    expect(error.code).toBe('ERR_UNKNOWN_NAME');
    expect(error.message).toContain('known: train, val, all');
  });

  test('picks years by the split and keeps them apart', async () => {
    const jpeg = await picture(...size);
    const year = (name: string, id: string) => ({
      [`VOCdevkit/${name}/Annotations/${id}.xml`]: vocXml(size, [['cat', 1, 1, 9, 9]]),
      [`VOCdevkit/${name}/JPEGImages/${id}.JPG`]: jpeg,
      [`VOCdevkit/${name}/ImageSets/Main/trainval.txt`]: id,
    });
    const root = await folderWith({ ...year('VOC2007', '000005'), ...year('VOC2012', '2007_000027') });
    expect(await datasetSplits(`voc:${root}`)).toEqual(['2007/trainval', '2007/all', '2012/trainval', '2012/all']);
    const both = await openDataset(`voc:${root}`, { split: '2007/trainval+2012/trainval' });
    expect(both.samples.map(({ id }) => id)).toEqual(['000005', '2007_000027']);
    expect((await failure(openDataset(`voc:${root}`, { split: 'trainval' }))).message).toContain('2012/trainval');
    const one = await openDataset(`voc:${root}/VOCdevkit/VOC2012`, { split: 'trainval' });
    expect(one.samples.map(({ id }) => id)).toEqual(['2007_000027']);
  });

  test('takes classes from labels.txt, from per-class lists, from VOC, or gathers them over all annotations', async () => {
    const a = { 'Annotations/a.xml': vocXml(size, [['cat', 1, 1, 9, 9]]), 'ImageSets/Main/train.txt': 'a' };
    const classesOf = async (files: Record<string, string>) =>
      (await openDataset(`voc:${await vocFolder({ ...a, ...files })}`, { split: 'train' })).classes;
    expect(await classesOf({ 'labels.txt': 'dog\ncat\n' })).toEqual(['dog', 'cat']);
    expect(await classesOf({ 'ImageSets/Main/cat_train.txt': 'a 1', 'ImageSets/Main/ant_train.txt': 'a -1' })).toEqual([
      'ant',
      'cat',
    ]);
    expect(await classesOf({ 'Annotations/b.xml': vocXml(size, [['dog', 1, 1, 9, 9]]) })).toEqual(['cat', 'dog']);
    const most = vocClasses.slice(0, 11).map((name): [string, number, number, number, number] => [name, 1, 1, 9, 9]);
    expect(await classesOf({ 'Annotations/b.xml': vocXml(size, most) })).toEqual(vocClasses);
  });

  test('a class map renames, and leaves out what it does not name', async () => {
    const root = await vocFolder({
      'Annotations/a.xml': vocXml(size, [
        ['puma', 1, 1, 9, 9],
        ['cat', 1, 1, 8, 8],
        ['ant', 1, 1, 7, 7],
      ]),
    });
    const dataset = await openDataset(`voc:${root}`, { split: 'all', classMap: { puma: 'feline', cat: 'feline' } });
    expect(dataset.classes).toEqual(['feline']);
    expect(dataset.samples[0].objects.map(({ label, box }) => [label, box[2]])).toEqual([
      [0, 9],
      [0, 8],
    ]);
    const misspelt = openDataset(`voc:${root}`, { split: 'all', classMap: { pmua: 'feline', cat: 'feline' } });
    await expect(misspelt).rejects.toThrow(
      'class map: unknown name "pmua"; known: ant, cat, puma. Did you mean "puma"?',
    );
  });

  const broken: Record<
    string,
    { files: Record<string, string | Uint8Array>; message: string; clip: unknown; drop: unknown }
  > = {
    'a box beyond the picture': {
      files: {
        'Annotations/000005.xml': vocXml(size, [
          ['cat', 1, 1, 9, 9],
          ['cat', 40, 5, 51, 20],
        ]),
      },
      message: 'Annotations/000005.xml: object 2: xmax 51 > width 50',
      clip: [
        [0, 0, 9, 9],
        [39, 4, 50, 20],
      ],
      drop: [[0, 0, 9, 9]],
    },
    'a box that starts before the picture': {
      files: { 'Annotations/000005.xml': vocXml(size, [['cat', 0, 1, 9, 9]]) },
      message: 'Annotations/000005.xml: object 1: xmin 0 < 1',
      clip: [[0, 0, 9, 9]],
      drop: [],
    },
    'a box wholly outside': {
      files: { 'Annotations/000005.xml': vocXml(size, [['cat', 10, 60, 20, 70]]) },
      message: 'Annotations/000005.xml: object 1: ymax 70 > height 40',
      clip: [],
      drop: [],
    },
    'an inverted box': {
      files: { 'Annotations/000005.xml': vocXml(size, [['cat', 9, 1, 8, 9]]) },
      message: 'Annotations/000005.xml: object 1: xmin 9 > xmax 8',
      clip: [],
      drop: [],
    },
    'a class that nobody knows': {
      files: { 'Annotations/000005.xml': vocXml(size, [['cta', 1, 1, 9, 9]]), 'labels.txt': 'cat' },
      message: 'Annotations/000005.xml: object 1: name "cta" is none of cat',
      clip: [],
      drop: [],
    },
    'a size that is not the picture’s': {
      files: { 'Annotations/000005.xml': vocXml([100, 40], [['cat', 1, 1, 50, 9]]) },
      message: 'Annotations/000005.xml: size 100 x 40, but the picture has 50 x 40',
      clip: [[0, 0, 50, 9]],
      drop: undefined,
    },
    'broken XML': {
      files: { 'Annotations/000005.xml': '<annotation>\n<object>' },
      message: 'Annotations/000005.xml:2: must be well-formed XML',
      clip: undefined,
      drop: undefined,
    },
    'a picture that is none': {
      files: { 'Annotations/000005.xml': vocXml(size, []), 'JPEGImages/000005.jpg': 'no picture' },
      message: 'JPEGImages/000005.jpg',
      clip: undefined,
      drop: undefined,
    },
    'an id without files': {
      files: { 'Annotations/a.xml': vocXml(size, []), 'ImageSets/Main/some.txt': '000005' },
      message: 'JPEGImages/000005.jpg: no such picture',
      clip: undefined,
      drop: undefined,
    },
  };

  test.each(Object.keys(broken))('stops, clips or drops at %s, as told', async (name) => {
    const { files, message, clip, drop } = broken[name];
    const root = await vocFolder(files);
    const split = 'ImageSets/Main/some.txt' in files ? 'some' : 'all';
    const spec = `voc:${root}`;
    const error = await failure(openDataset(spec, { split }));
    expect(error.code).toBe('ERR_DATA');
    expect(error.message).toContain(message);
    expect(error.message).toContain("policy 'clip' or 'drop'");
    for (const [policy, boxes] of [
      ['clip', clip],
      ['drop', drop],
    ] as const) {
      const { samples, problems } = await openDataset(spec, { split, policy });
      expect(samples[0]?.objects.map(({ box }) => box)).toEqual(boxes);
      expect(problems.length).toBe(1);
      expect(`${problems[0].where}: ${problems[0].found}`).toContain(message);
    }
  });

  test('counts all findings but shows a few', async () => {
    const boxes = Array.from({ length: 9 }, (): [string, number, number, number, number] => ['cat', 1, 1, 60, 9]);
    const root = await vocFolder({ 'Annotations/a.xml': vocXml(size, boxes) });
    const { message } = await failure(openDataset(`voc:${root}`, { split: 'all' }));
    expect(message).toContain('found 9 that do not (outside-image 9)');
    expect(message).toContain('and 4 more');
  });

  test('takes fractions that end beyond the last pixel by rounding', async () => {
    const root = await vocFolder({ 'Annotations/a.xml': vocXml(size, [['cat', 0.75, 1, 50.3, 9]]) });
    const { samples, problems } = await openDataset(`voc:${root}`, { split: 'all' });
    expect([samples[0].objects[0].box, problems]).toEqual([[0, 0, 50, 9], []]);
  });
});

describe('openDataset on COCO folders', () => {
  const annotation = (id: number, bbox: number[], more: object = {}) => ({
    id,
    image_id: 7,
    category_id: 64,
    bbox,
    area: 5,
    iscrowd: 0,
    ...more,
  });
  const categories = [
    { id: 64, name: 'potted plant' },
    { id: 1, name: 'person' },
    { id: 90, name: 'toothbrush' },
  ];
  const cocoFolder = async (
    annotations: object[],
    images: object[] = [{ id: 7, file_name: '7.jpg', width: 50, height: 40 }],
  ) =>
    folderWith({
      'annotations/instances_train2017.json': JSON.stringify({ images, annotations, categories }),
      'annotations/person_keypoints_train2017.json': '{}',
      'annotations/instances_val2017.json': '{',
      'train2017/7.jpg': await picture(...size),
    });

  test('turns [x, y, width, height] into corners and keeps areas and crowds', async () => {
    const root = await cocoFolder([
      annotation(1, [1.5, 2, 30.25, 4]),
      annotation(2, [0, 0, 50, 40], { category_id: 90, iscrowd: 1 }),
    ]);
    const { classes, split, samples } = await openDataset(`coco:${root}`, { split: 'train' });
    expect(classes).toEqual(['potted plant', 'person', 'toothbrush']);
    expect(split).toBe('train2017');
    expect(samples).toEqual([
      {
        id: '7',
        imagePath: join(root, 'train2017/7.jpg'),
        width: 50,
        height: 40,
        objects: [
          { box: [1.5, 2, 31.75, 6], label: 0, difficult: false, crowd: false, area: 5 },
          { box: [0, 0, 50, 40], label: 2, difficult: true, crowd: true, area: 5 },
        ],
      },
    ]);
  });

  test('maps names to VOC’s 20 classes and leaves the others out', async () => {
    const root = await cocoFolder([annotation(1, [1, 2, 3, 4]), annotation(2, [1, 2, 3, 4], { category_id: 90 })]);
    const { classes, samples } = await openDataset(`coco:${root}`, { split: 'train2017', classMap: 'voc20' });
    expect(classes).toEqual(vocClasses);
    expect(samples[0].objects.map(({ label }) => classes[label])).toEqual(['pottedplant']);
    const misspelt = openDataset(`coco:${root}`, { split: 'train2017', classMap: { 'poted plant': 'plant' } });
    await expect(misspelt).rejects.toThrow(
      'annotations/instances_train2017.json: class map: unknown name "poted plant"',
    );
  });

  test('moves sides up to a pixel outside to the edge, and leaves boxes without area out', async () => {
    const root = await cocoFolder([annotation(1, [-0.5, 0, 51.25, 40.5]), annotation(2, [3, 4, 5, 0])]);
    const { samples, problems } = await openDataset(`coco:${root}`, { split: 'train' });
    expect(samples[0].objects.map(({ box }) => box)).toEqual([[0, 0, 50, 40]]);
    expect(problems.map(({ kind, action }) => [kind, action])).toEqual([['zero-area', 'object dropped']]);
  });

  test.each([
    ['a box beyond the picture', annotation(1, [40, 0, 12, 5]), 'annotation 1 (7.jpg): bbox x + width 52 > width 50'],
    ['a negative width', annotation(1, [40, 0, -1, 5]), 'annotation 1 (7.jpg): bbox width -1 < 0'],
    ['an unknown category', annotation(1, [4, 0, 1, 5], { category_id: 2 }), 'category_id 2: no such category'],
    ['an unknown image', annotation(1, [4, 0, 1, 5], { image_id: '7' }), 'image_id "7" is the id of no image'],
  ])('names file, annotation and field for %s', async (_, entry, message) => {
    const root = await cocoFolder([entry]);
    const error = await failure(openDataset(`coco:${root}`, { split: 'train' }));
    expect(error.message).toContain(`annotations/instances_train2017.json: `);
    expect(error.message).toContain(message);
    expect((await openDataset(`coco:${root}`, { split: 'train', policy: 'drop' })).samples[0].objects).toEqual([]);
  });

  test.each([
    [
      'an image without file name',
      [],
      [{ id: 7, width: 50, height: 40 }],
      'image 7: must have file_name, width and height',
    ],
    [
      'an annotation without box',
      [annotation(1, [], { bbox: undefined })],
      undefined,
      'must have a bbox of four numbers',
    ],
    ['an image twice', [], [7, 7].map((id) => ({ id, file_name: '7.jpg', width: 50, height: 40 })), 'images[1].id'],
  ])('refuses %s', async (_, annotations, images, message) => {
    const root = await cocoFolder(annotations, images);
    const error = await failure(openDataset(`coco:${root}`, { split: 'train' }));
    expect(error.message).toContain('annotations/instances_train2017.json');
    expect(error.message).toContain(message);
  });

  test('names a picture that is not there, broken JSON, and the known splits', async () => {
    const root = await cocoFolder([], [{ id: 8, file_name: '8.jpg', width: 50, height: 40 }]);
    expect((await failure(openDataset(`coco:${root}`, { split: 'train' }))).message).toContain('no picture 8.jpg');
    expect((await failure(openDataset(`coco:${root}`, { split: 'val' }))).message).toContain(
      'instances_val2017.json: line 1, column',
    );
    expect((await failure(openDataset(`coco:${root}`, { split: 'tset' }))).message).toContain(
      'known: train2017, val2017',
    );
  });
});

describe('openDataset', () => {
  test.each([
    ['data', 'ERR_USAGE', 'KIND:FOLDER'],
    ['vco:data', 'ERR_UNKNOWN_NAME', 'Did you mean "voc"'],
    ['voc:/nowhere/at/all', 'ERR_DATA', 'must be a folder'],
    ['coco:/nowhere/at/all', 'ERR_DATA', 'must be a folder'],
    ['generated:/nowhere/at/all', 'ERR_DATA', 'onebit dataset make'],
  ])('says what is wrong with %s', async (spec, code, message) => {
    const error = await failure(openDataset(spec, { split: 'train' }));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });

  test('points to the other kind when the layout is that one', async () => {
    const coco = await folderWith({ 'annotations/instances_train.json': '{}' });
    expect((await failure(openDataset(`voc:${coco}`, { split: 'train' }))).message).toContain(`coco:${coco}`);
  });
});

test('checkBox gives boxes inside the picture with positive area, or reports', () => {
  const side = fc.double({ min: -20, max: 80, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(side, side, side, side), fc.constantFrom('clip' as const, 'drop' as const), (box, policy) => {
      const log = new ProblemLog(policy);
      const picture = { width: 50, height: 40 };
      const kept = checkBox({ box, describe: () => '' }, picture, 'x', log, { tolerance: 0, zeroIsKnown: false });
      expect(log.problems.length).toBe(kept && box.every((value, i) => value === kept[i]) ? 0 : 1);
      if (!kept) return;
      const [x1, y1, x2, y2] = kept;
      expect(0 <= x1 && x1 < x2 && x2 <= 50 && 0 <= y1 && y1 < y2 && y2 <= 40).toBe(true);
    }),
  );
});
