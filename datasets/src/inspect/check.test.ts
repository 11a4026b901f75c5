import { cp, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeMask } from 'pascal-voc-parser';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeShapesSet } from '../generated/make-set.js';
import { openDataset } from '../open-dataset.js';
import { checkDataset } from './check.js';

let folder: string;
let clean: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onebit-check-'));
  clean = join(folder, 'clean');
  await makeShapesSet({ output: clean, seed: 1, parts: { train: 6, val: 2 } });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function copy(name: string): Promise<string> {
  const path = join(folder, name);
  await cp(clean, path, { recursive: true });
  return path;
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`${path}: nothing to change`);
  await writeFile(path, changed);
}

test('finds nothing wrong with a clean set and says what it looked at', async () => {
  const steps: number[] = [];
  const report = await checkDataset(`generated:${clean}`, { onProgress: (done) => steps.push(done) });
  expect(report).toMatchObject({ ok: true, issues: [], counts: {}, imagesDecoded: 8, masksDecoded: 16 });
  expect(report.splits.map(({ split, images }) => [split, images])).toEqual([
    ['train', 6],
    ['val', 2],
    ['all', 8],
  ]);
  expect(steps.at(-1)).toBe(8);
  expect(await checkDataset(`coco:${clean}`)).toMatchObject({ ok: true, imagesDecoded: 8, masksDecoded: 0 });
});

test('lists every problem of a VOC folder with file and field', async () => {
  const path = await copy('voc');
  const annotation = (i: number) => join(path, 'Annotations', `train_00000${i}.xml`);
  const image = (i: number) => join(path, 'JPEGImages', `train_00000${i}.jpg`);
  await edit(annotation(0), (xml) => xml.replace(/<xmax>\d+/, '<xmax>501'));
  await edit(annotation(0), (xml) => xml.replace(/<name>[a-z]+/, '<name>hexagon').replace('hexagon', 'hexagon'));
  await edit(annotation(1), (xml) => xml.replace(/<xmin>\d+/, '<xmin>60').replace(/<xmax>\d+/, '<xmax>2'));
  await unlink(image(2));
  const bytes = await readFile(image(3));
  await writeFile(image(3), bytes.subarray(0, bytes.length / 2));
  await sharp({ create: { width: 32, height: 64, channels: 3, background: 'red' } })
    .jpeg()
    .toFile(image(4));
  await edit(annotation(5), (xml) => xml.replace('</annotation>', ''));
  await edit(join(path, 'ImageSets', 'Main', 'val.txt'), (text) => `${text}val_000000\n`);
  await writeFile(
    join(path, 'SegmentationClass', 'val_000000.png'),
    writeMask({ width: 64, height: 64, labels: new Uint8Array(64 * 64).fill(9) }),
  );
  await writeFile(
    join(path, 'SegmentationObject', 'val_000000.png'),
    writeMask({ width: 4, height: 2, labels: new Uint8Array(8) }),
  );
  await writeFile(join(path, 'SegmentationClass', 'val_000001.png'), 'no picture');
  await edit(join(path, 'Annotations', 'val_000001.xml'), (xml) => xml.replace(/\t<object>[\s\S]*<\/object>\n/, ''));
  const { ok, issues, counts } = await checkDataset(`generated:${path}`);
  expect(ok).toBe(false);
  const found = (kind: string) =>
    issues.filter((issue) => issue.kind === kind).map(({ where, found: what }) => `${where}: ${what}`);
  expect(found('unknown-class')).toEqual([expect.stringMatching(/train_000000\.xml.*hexagon.*circle/)]);
  expect(found('inverted-box')).toEqual([expect.stringMatching(/train_000001\.xml: object 1.*xmin 60 > xmax 2/)]);
  expect(found('missing-image')).toEqual([expect.stringMatching(/train_000002/)]);
  expect(found('undecodable-image')).toEqual([expect.stringMatching(/JPEGImages\/train_000003\.jpg/)]);
  expect(found('size-mismatch')).toEqual([expect.stringMatching(/train_000004.*64 x 64.*32 x 64/)]);
  expect(found('broken-annotation')).toEqual([expect.stringMatching(/train_000005\.xml/)]);
  expect(found('duplicate-id')).toEqual(['ImageSets/Main/val.txt: val_000000: id is there 2 times']);
  expect(found('illegal-mask-value')).toEqual([
    expect.stringMatching(/SegmentationClass\/val_000000\.png: values 9; legal are 0 to 3/),
  ]);
  expect(found('mask-size-mismatch')).toEqual([expect.stringMatching(/SegmentationObject\/val_000000\.png: 4 x 2/)]);
  expect(found('undecodable-mask')).toEqual([expect.stringMatching(/SegmentationClass\/val_000001\.png/)]);
  expect(found('no-objects')).toContainEqual(expect.stringMatching(/val_000001/));
  expect(counts['duplicate-id']).toBe(1);
  expect(issues.find(({ kind }) => kind === 'no-objects')?.severity).toBe('note');
});

test('lists boxes outside and without area', async () => {
  const path = await copy('boxes');
  await edit(join(path, 'Annotations', 'train_000000.xml'), (xml) => xml.replace(/<xmax>\d+/, '<xmax>501'));
  const outside = await checkDataset(`voc:${path}`, { split: 'train' });
  expect(outside.issues).toEqual([
    expect.objectContaining({
      kind: 'outside-image',
      where: expect.stringMatching(/train_000000\.xml: object 1/),
      found: 'xmax 501 > width 64',
    }),
  ]);
  await edit(join(path, 'annotations', 'instances_train.json'), (json) =>
    json.replace(/"bbox":\[(\d+),(\d+),\d+/, '"bbox":[$1,$2,0'),
  );
  const flat = await checkDataset(`coco:${path}`, { split: 'train' });
  expect(flat.counts).toEqual({ 'zero-area': 1 });
});

test('lists ids that a COCO file gives twice, and a file that cannot be read', async () => {
  const path = await copy('coco');
  await edit(join(path, 'annotations', 'instances_train.json'), (json) =>
    json.replace('"annotations":[{"id":1,', '"annotations":[{"id":2,'),
  );
  await edit(join(path, 'annotations', 'instances_val.json'), (json) => json.slice(0, -30));
  const { counts, issues } = await checkDataset(`coco:${path}`);
  expect(counts).toMatchObject({ 'duplicate-id': 1, 'broken-annotation': 1 });
  expect(issues.find(({ kind }) => kind === 'duplicate-id')).toMatchObject({
    where: 'annotations/instances_train.json: annotation 2',
  });
});

test('checks data sets made in code as well', async () => {
  const dataset = await openDataset(`generated:${clean}`, { split: 'val' });
  const [first] = dataset.samples;
  const broken = {
    ...first,
    objects: [
      { box: [-2, 0, 10, 10], label: 0, difficult: false, crowd: false },
      { box: [9, 0, 3, 10], label: 0, difficult: false, crowd: false },
      { box: [3, 3, 3, 10], label: 7, difficult: false, crowd: false },
      { box: [Number.NaN, 0, 3, 10], label: 1, difficult: false, crowd: false },
    ] as const,
  };
  const { counts } = await checkDataset({ ...dataset, samples: [broken, first] }, { decode: false });
  expect(counts).toEqual({
    'outside-image': 1,
    'inverted-box': 2,
    'zero-area': 1,
    'unknown-class': 1,
    'duplicate-id': 1,
  });
});

test('a missing folder and a stopped check are errors', async () => {
  await expect(checkDataset(`voc:${join(folder, 'nowhere')}`)).rejects.toMatchObject({ code: 'ERR_DATA' });
  await expect(checkDataset(`voc:${clean}`, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ERR_INTERRUPTED',
  });
});
