import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDataset } from '../open-dataset.js';
import { makeGeneratedSet, makeShapesSet } from './make-set.js';
import type { GeneratedSetOptions } from './options.js';
import { Renderer } from './render.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onebit-generated-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const small: Omit<GeneratedSetOptions, 'output'> = {
  seed: 5,
  parts: { train: 5, 'val-unseen': 3 },
  classes: ['bottle', 'car', 'diningtable', 'person'],
  imageSize: [160, 120],
  workers: 0,
};

async function filesOf(root: string, prefix = ''): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(join(root, prefix), { withFileTypes: true })) {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) for (const [path, text] of await filesOf(root, name)) files.set(path, text);
    else files.set(name, (await readFile(join(root, name))).toString('base64'));
  }
  return files;
}

describe('makeGeneratedSet', () => {
  test('gives the same files for one seed, here and in worker threads, and other files for another seed', async () => {
    const [one, two, other] = ['one', 'two', 'other'].map((name) => join(folder, name));
    await makeGeneratedSet({ ...small, output: one });
    await makeGeneratedSet({ ...small, output: two, workers: 2 });
    await makeGeneratedSet({ ...small, output: other, seed: 6 });
    const files = await filesOf(one);
    expect(files.size).toBe(8 * 4 + 2 * 2 + 2 + 3);
    expect(await filesOf(two)).toEqual(files);
    const image = 'JPEGImages/train_000000.jpg';
    expect((await filesOf(other)).get(image)).not.toBe(files.get(image));
  });

  test('draws a scene the same whatever else is made', async () => {
    const [whole, part] = ['whole', 'part'].map((name) => join(folder, name));
    await makeGeneratedSet({ ...small, output: whole });
    await makeGeneratedSet({ ...small, output: part, parts: { 'val-unseen': 2 } });
    const files = await filesOf(whole);
    for (const [name, content] of await filesOf(part)) {
      if (/val-unseen_00000/.test(name)) expect(files.get(name), name).toBe(content);
    }
  });

  test('writes VOC and COCO layouts that the loader reads as one', async () => {
    const output = join(folder, 'layouts');
    const made = await makeGeneratedSet({ ...small, output });
    for (const split of ['train', 'val-unseen'] as const) {
      const voc = await openDataset(`generated:${output}`, { split });
      const coco = await openDataset(`coco:${output}`, { split });
      expect(voc.classes).toEqual(small.classes);
      expect(coco.classes).toEqual(small.classes);
      expect(voc.samples.length).toBe(made.parts[split].scenes);
      expect(voc.samples.reduce((n, { objects }) => n + objects.length, 0)).toBe(made.parts[split].objects);
      const plain = (samples: typeof voc.samples) =>
        samples.map(({ imagePath, width, height, objects }) => ({
          imagePath,
          size: [width, height],
          objects: objects.map(({ box, label }) => ({ box, label })),
        }));
      expect(plain(coco.samples)).toEqual(plain(voc.samples));
    }
  });

  test('writes masks that agree with the boxes and with one another', async () => {
    const output = join(folder, 'masks');
    await makeGeneratedSet({ ...small, output });
    const { samples } = await openDataset(`generated:${output}`, { split: 'train' });
    let inner = 0;
    for (const { objects, width, height, classMaskPath, objectMaskPath } of samples) {
      const classes = decode(await readFile(classMaskPath!));
      const numbers = decode(await readFile(objectMaskPath!));
      expect([classes.width, classes.height, classes.channels, classes.depth]).toEqual([width, height, 1, 8]);
      for (let i = 0; i < width * height; i++) {
        const number = numbers.data[i];
        const legal = number === 0 || number === 255 ? number : objects[number - 1].label + 1;
        if (classes.data[i] !== legal) throw new Error(`pixel ${i}: class ${classes.data[i]}, object ${number}`);
        if (number === 0 || number === 255) continue;
        const [x1, y1, x2, y2] = objects[number - 1].box;
        const x = i % width;
        const y = Math.floor(i / width);
        if (x < x1 || x >= x2 || y < y1 || y >= y2) throw new Error(`object ${number} outside its box at ${x}, ${y}`);
        inner++;
      }
    }
    expect(inner).toBeGreaterThan(100);
  });

  test('records seed, options and versions, and whose drawings it shows', async () => {
    const output = join(folder, 'card');
    await makeGeneratedSet({ ...small, output, parts: { train: 1, 'test-unseen': 1 } });
    const file = JSON.parse(await readFile(join(output, 'generator.json'), 'utf8'));
    expect(file.options).toMatchObject({ kind: 'art', seed: 5, classes: small.classes, imageSize: [160, 120] });
    for (const name of ['sharp', 'libvips', 'librsvg', '@iconify-json/twemoji', '@iconify-json/openmoji']) {
      expect(file.versions[name], name).toMatch(/^\d+\.\d+/);
    }
    const card = await readFile(join(output, 'LICENCE-CARD.md'), 'utf8');
    for (const text of [
      'CC-BY-4.0',
      'Apache-2.0',
      'MIT',
      'CC-BY-SA-4.0',
      'Google Inc',
      'OpenMoji',
      'ask that a published set',
    ]) {
      expect(card).toContain(text);
    }
  });

  test('leaves a folder with the same set alone and refuses any other', async () => {
    const output = join(folder, 'reuse');
    const first = await makeGeneratedSet({ ...small, output });
    const again = await makeGeneratedSet({ ...small, output, workers: 1 });
    expect(again).toEqual({ ...first, reused: true });
    await expect(makeGeneratedSet({ ...small, output, seed: 9 })).rejects.toThrow(
      /made with other options.*choose another/,
    );
    const foreign = join(folder, 'foreign');
    await mkdir(foreign);
    await writeFile(join(foreign, 'thesis.txt'), 'mine');
    await expect(makeGeneratedSet({ ...small, output: foreign })).rejects.toThrow(/thesis\.txt.*choose another/);
    expect(await readdir(foreign)).toEqual(['thesis.txt']);
  });
});

describe('trouble', () => {
  test('stopping removes what was made so far', async () => {
    const parent = join(folder, 'stopped');
    await mkdir(parent);
    for (const workers of [0, 1]) {
      const stop = new AbortController();
      const work = makeGeneratedSet({
        ...small,
        output: join(parent, 'set'),
        parts: { train: 40 },
        workers,
        signal: stop.signal,
        onProgress: () => stop.abort(),
      });
      await expect(work).rejects.toMatchObject({ code: 'ERR_INTERRUPTED' });
      expect(await readdir(parent)).toEqual([]);
    }
  });

  test('a full disk is reported as such and leaves nothing behind', async () => {
    const parent = join(folder, 'full');
    await mkdir(parent);
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    const render = vi.spyOn(Renderer.prototype, 'render').mockRejectedValue(full);
    const work = makeShapesSet({ output: join(parent, 'set'), parts: { train: 2 } });
    await expect(work).rejects.toMatchObject({
      code: 'ERR_OUTPUT',
      message: expect.stringContaining('the disk is full'),
    });
    render.mockRestore();
    expect(await readdir(parent)).toEqual([]);
  });

  test('a file in the place of a folder is reported as such', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    for (const output of [path, join(path, 'set')]) {
      await expect(makeShapesSet({ output, parts: { train: 1 } })).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    }
  });

  test('wrong options name what would be right', async () => {
    const output = join(folder, 'never');
    const wrong = (options: object) => makeGeneratedSet({ ...small, output, ...options } as GeneratedSetOptions);
    await expect(wrong({ classes: ['cra'] })).rejects.toThrow(/unknown name "cra".*Did you mean "car"/);
    await expect(wrong({ parts: { trian: 3 } })).rejects.toThrow(/Did you mean "train"/);
    await expect(wrong({ parts: {} })).rejects.toThrow(/at least one scene/);
    await expect(wrong({ parts: { train: 1.5 } })).rejects.toThrow(/whole number/);
    await expect(wrong({ sizes: 'big' })).rejects.toThrow(/mixed, voc, coco/);
    await expect(wrong({ sizes: [50, 20] })).rejects.toThrow(/least <= greatest/);
    await expect(wrong({ objectsPerScene: [0, 3] })).rejects.toThrow(/1 <= least/);
    await expect(wrong({ imageSize: [16, 400] })).rejects.toThrow(/32 to 2048/);
    await expect(wrong({ workers: -1 })).rejects.toThrow(/workers/);
    await expect(readdir(output)).rejects.toThrow();
  });
});

test('makeShapesSet makes a set of three classes that needs no drawings', async () => {
  const output = join(folder, 'shapes');
  const seen: number[] = [];
  const made = await makeShapesSet({
    output,
    seed: 3,
    parts: { train: 12, val: 4 },
    onProgress: (done) => seen.push(done),
  });
  expect(made.classes).toEqual(['circle', 'square', 'triangle']);
  expect(seen.at(-1)).toBe(16);
  const { samples } = await openDataset(`generated:${output}`, { split: 'train' });
  expect(samples.every(({ width, height }) => width === 64 && height === 64)).toBe(true);
  for (const { objects } of samples) {
    expect(objects.length).toBeGreaterThan(0);
    for (const { box, difficult } of objects) {
      expect(difficult).toBe(false);
      expect(box[2] - box[0]).toBeGreaterThanOrEqual(12);
    }
  }
});
