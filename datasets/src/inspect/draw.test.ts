import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeShapesSet } from '../generated/make-set.js';
import { openDataset } from '../open-dataset.js';
import { textPath, textSize } from './bitmap-font.js';
import { drawDetections } from './draw.js';
import { showSamples } from './show.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onebit-draw-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const grey = { width: 100, height: 80, data: new Uint8Array(100 * 80 * 3).fill(128) };

async function pixelsOf(png: Buffer) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3)];
  return { at, data, width: info.width, height: info.height };
}

describe('text', () => {
  test('draws the pixels of the letters', () => {
    expect(textPath('l', 0, 0, 1)).toBe(
      'M1 0h1v1h-1zM2 0h1v1h-1zM2 1h1v1h-1zM2 2h1v1h-1zM2 3h1v1h-1zM2 4h1v1h-1zM2 5h1v1h-1zM1 6h1v1h-1zM2 6h1v1h-1zM3 6h1v1h-1z',
    );
    expect(textSize('dog 70%', 2)).toEqual({ width: 82, height: 14 });
    expect(textSize('', 2)).toEqual({ width: 0, height: 14 });
  });

  test('tells all letters and digits apart, and shows a question mark for what it lacks', () => {
    const characters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:%-_/()+!#&'=*?"];
    const paths = characters.map((character) => textPath(character, 0, 0, 1));
    expect(new Set(paths).size).toBe(characters.length);
    expect(textPath('é', 0, 0, 1)).toBe(textPath('?', 0, 0, 1));
    expect(textPath(' ', 0, 0, 1)).toBe('');
  });
});

describe('drawDetections', () => {
  const classes = ['cat', 'dog'];

  test('draws the box where it is, in the colour of its class', async () => {
    const palette = [
      [255, 0, 0],
      [0, 0, 255],
    ] as const;
    const png = await drawDetections(grey, [{ box: [20, 30, 70, 60], label: 1, score: 0.5 }], {
      classes,
      palette,
      scale: 2,
    });
    const { at, width, height } = await pixelsOf(png);
    expect([width, height]).toEqual([200, 160]);
    for (const [x, y] of [
      [40, 90],
      [140, 90],
      [100, 120],
    ]) {
      expect(at(x, y), `${x}, ${y}`).toEqual([0, 0, 255]);
    }
    expect(at(90, 90)).toEqual([128, 128, 128]);
  });

  test('enlarges small pictures so that names can be read', async () => {
    expect(await pixelsOf(await drawDetections(grey, [], { classes }))).toMatchObject({ width: 400, height: 320 });
  });

  test('draws truths dashed and predictions solid, names inside the picture', async () => {
    const box = [10, 10, 90, 70] as const;
    const changed = async (kind: 'truth' | 'prediction') => {
      const { at } = await pixelsOf(await drawDetections(grey, [{ box, label: 0, kind }], { classes, scale: 4 }));
      return Array.from({ length: 200 }, (_, i) => at(40, 60 + i)).filter((rgb) => rgb.join() !== '128,128,128').length;
    };
    expect(await changed('prediction')).toBe(200);
    expect(await changed('truth')).toBeLessThan(180);
    const whole = [0, 0, 100, 80] as const;
    const { at } = await pixelsOf(
      await drawDetections(grey, [{ box: whole, label: 0, score: 1 }], { classes, scale: 1 }),
    );
    expect(at(12, 2)).not.toEqual([128, 128, 128]);
  });

  test('accepts boxes without size, unknown labels and no boxes', async () => {
    const png = await drawDetections(grey, [{ box: [5, 5, 5, 5], label: 9 }], { classes });
    expect((await sharp(png).metadata()).format).toBe('png');
  });
});

describe('showSamples', () => {
  test('writes pictures and a sheet, the same ones for one seed', async () => {
    const set = join(folder, 'set');
    await makeShapesSet({ output: set, parts: { train: 9 } });
    const dataset = await openDataset(`generated:${set}`, { split: 'train' });
    const output = join(folder, 'shown');
    const { pictures, contactSheet } = await showSamples(dataset, { output, count: 4, seed: 2, masks: true });
    expect((await readdir(output)).length).toBe(5);
    expect(await sharp(contactSheet).metadata()).toMatchObject({ width: 720, height: 720, format: 'png' });
    const again = await showSamples(dataset, { output, count: 4, seed: 2 });
    expect(again.pictures).toEqual(pictures);
    const all = await showSamples(dataset, { output: join(folder, 'all'), count: 50 });
    expect(all.pictures.length).toBe(9);
  });

  test('rejects a count of nothing and a set of nothing', async () => {
    const empty = { name: 'toy', split: 'train', classes: [], samples: [], problems: [] };
    await expect(showSamples(empty, { output: folder })).rejects.toThrow(/no pictures/);
    await expect(showSamples(empty, { output: folder, count: 0 })).rejects.toThrow(/above 0/);
  });
});
