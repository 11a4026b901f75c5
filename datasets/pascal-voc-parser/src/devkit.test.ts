import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { findVocRoots, VocFolder } from './devkit.js';
import { classFlag, parseImageList, serializeImageList, type VocListEntry } from './lists.js';

const made: string[] = [];
afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true });
});

async function folderWith(files: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'voc-'));
  made.push(root);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

const empty = '<annotation/>';

describe('parseImageList', () => {
  test('reads ids with LF, CR LF, blank lines and no end of line', () => {
    expect(parseImageList('000005\r\n\r\n000007\n 2007_000027', 'train.txt')).toEqual([
      { id: '000005', line: 1 },
      { id: '000007', line: 3 },
      { id: '2007_000027', line: 4 },
    ]);
  });

  test('reads the flags of per-class lists', () => {
    expect(parseImageList('000005  1\r\n000007 -1\r\n000009  0\r\n', 'cat_train.txt').map(({ flag }) => flag)).toEqual([
      1, -1, 0,
    ]);
  });

  test('names file and line of what is neither', () => {
    expect(() => parseImageList('000005\n000007 2\n', 'cat_train.txt')).toThrow(
      /^cat_train\.txt:2: flag: must be 1, 0 or -1/,
    );
    expect(() => parseImageList('a b c', 'x.txt')).toThrow(/^x\.txt:1: must be/);
  });

  test('reads the numbers of objects in lists of the layout and action tasks', () => {
    expect(parseImageList('2007_000027 2', 'train.txt', 'Layout')[0].object).toBe(2);
    const [entry] = parseImageList('2010_006088  1 -1', 'jumping_train.txt', 'Action');
    expect(entry).toEqual({ id: '2010_006088', object: 1, flag: -1, line: 1 });
    expect(() => parseImageList('2010_006088 0', 'train.txt', 'Action')).toThrow(/object: must be a number from 1/);
  });

  test('what was written reads back', () => {
    const id = fc.string({ minLength: 1 }).filter((text) => /^[^\s\uFEFF]+$/.test(text));
    const entry = fc.record({ id, object: fc.integer({ min: 1 }), flag: fc.constantFrom(1, 0, -1) });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const numbered = entries.map((value, i) => ({ ...value, line: i + 1 }) as VocListEntry);
        expect(parseImageList(serializeImageList(numbered), 'a.txt', 'Action')).toEqual(numbered);
      }),
    );
    expect(serializeImageList([{ id: 'a', flag: 1 }, { id: 'b', flag: -1 }, { id: 'c' }])).toBe('a  1\nb -1\nc\n');
    expect(() => serializeImageList([{ id: 'a b' }])).toThrow(/id: must be a word/);
  });

  test('the flag of a class is 0 when all its objects are difficult', () => {
    const box = { xmin: 1, ymin: 1, xmax: 2, ymax: 2 };
    const annotation = {
      objects: [
        { name: 'cat', difficult: true, box, parts: [] },
        { name: 'cat', difficult: false, box, parts: [] },
        { name: 'dog', difficult: true, box, parts: [] },
      ],
    };
    expect(['cat', 'dog', 'cow'].map((name) => classFlag(annotation, name))).toEqual([1, 0, -1]);
  });
});

describe('VocFolder', () => {
  test('tells id lists from lists of one class', async () => {
    const root = await folderWith({
      'Annotations/000005.xml': empty,
      'ImageSets/Main/train.txt': '000005\r\n',
      'ImageSets/Main/cat_train.txt': '000005  1\r\n',
      'ImageSets/Main/dog_trainval.txt': '000005 -1\r\n',
      'ImageSets/Segmentation/val.txt': '000005',
    });
    const folder = await VocFolder.open(root);
    expect(await folder.splits()).toEqual(['train']);
    expect(await folder.splits('Segmentation')).toEqual(['val']);
    expect(await folder.listedClasses()).toEqual(['cat', 'dog']);
    expect(await folder.readList('cat_train')).toEqual([{ id: '000005', flag: 1, line: 1 }]);
  });

  test('writes lists that it reads', async () => {
    const folder = await VocFolder.open(await folderWith({ 'Annotations/a.xml': empty }));
    await folder.writeList('cat_val', [{ id: 'a', flag: -1 }]);
    await folder.writeList('val', [{ id: 'a', object: 1 }], 'Layout');
    expect(await folder.readList('cat_val')).toEqual([{ id: 'a', flag: -1, line: 1 }]);
    expect(await folder.readList('val', 'Layout')).toEqual([{ id: 'a', object: 1, line: 1 }]);
  });

  test('finds files whatever the case and kind of their extension, JPEG before PNG', async () => {
    const root = await folderWith({
      'Annotations/a.XML': empty,
      'Annotations/b.c.xml': empty,
      'Annotations/readme.txt': '',
      'JPEGImages/a.JPG': '',
      'JPEGImages/b.c.png': '',
      'JPEGImages/d.png': '',
      'JPEGImages/d.jpeg': '',
      'SegmentationClass/a.png': '',
    });
    const folder = await VocFolder.open(root);
    expect(folder.ids).toEqual(['a', 'b.c']);
    expect(folder.imagePath('a')).toBe(join(root, 'JPEGImages/a.JPG'));
    expect(folder.imagePath('b.c')).toBe(join(root, 'JPEGImages/b.c.png'));
    expect(folder.imagePath('d')).toBe(join(root, 'JPEGImages/d.jpeg'));
    expect(folder.imagePath('e')).toBeUndefined();
    expect(folder.classMaskPath('a')).toBe(join(root, 'SegmentationClass/a.png'));
    expect(folder.objectMaskPath('a')).toBeUndefined();
    expect(await folder.annotation('a')).toEqual({ objects: [] });
  });

  test('reads labels.txt and lives without lists', async () => {
    const root = await folderWith({ 'Annotations/a.xml': empty, 'labels.txt': 'zebra\r\nant\r\n\r\n' });
    const folder = await VocFolder.open(root);
    expect(folder.labels).toEqual(['zebra', 'ant']);
    expect(await folder.splits()).toEqual([]);
  });

  test('an id without annotation, a broken annotation and a folder of another kind are errors that name the file', async () => {
    const root = await folderWith({ 'Annotations/a.xml': '<annotation>' });
    const folder = await VocFolder.open(root);
    await expect(folder.annotation('b')).rejects.toThrow('Annotations/b.xml: must be there');
    await expect(folder.annotation('a')).rejects.toThrow(/^Annotations\/a\.xml:1: must be well-formed XML/);
    await expect(VocFolder.open(join(root, 'Annotations'))).rejects.toThrow('must hold a folder Annotations');
  });
});

describe('findVocRoots', () => {
  test('finds years below VOCdevkit, a year folder given directly, and a home-made folder', async () => {
    const root = await folderWith({
      'VOCdevkit/VOC2012/Annotations/a.xml': empty,
      'VOCdevkit/VOC2007/Annotations/a.xml': empty,
      'VOCdevkit/results/x.txt': '',
      'mine/Annotations/a.xml': empty,
    });
    const years = [
      { path: join(root, 'VOCdevkit/VOC2007'), year: 2007 },
      { path: join(root, 'VOCdevkit/VOC2012'), year: 2012 },
    ];
    expect(await findVocRoots(root)).toEqual(years);
    expect(await findVocRoots(join(root, 'VOCdevkit'))).toEqual(years);
    expect(await findVocRoots(join(root, 'VOCdevkit/VOC2012'))).toEqual([years[1]]);
    expect(await findVocRoots(join(root, 'mine'))).toEqual([{ path: join(root, 'mine') }]);
    expect(await findVocRoots(join(root, 'nothing'))).toEqual([]);
  });
});
