import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { folderWith, gradientPixels, picture } from '../testing/fixtures.js';
import { makeGratings } from './gratings.js';
import {
  type ClassificationBatch,
  type ClassificationLoader,
  type ClassificationLoaderOptions,
  createClassificationEvaluationLoader,
  createClassificationLoader,
} from './loader.js';
import { classificationSplits, openClassification } from './open.js';
import type { ClassificationSample } from './types.js';

const pixelsOf = ({ picture: image }: ClassificationSample) => (image as { data: Uint8Array }).data;

describe('cifar10:', () => {
  /** Records whose red, green and blue planes count upwards from different numbers. */
  const records = (labels: readonly number[]) =>
    Uint8Array.from(
      labels.flatMap((label) => [
        label,
        ...Array.from({ length: 3072 }, (_, i) => ((i % 1024) % 200) + 20 * Math.floor(i / 1024)),
      ]),
    );
  const files = Object.fromEntries([1, 2, 3, 4, 5].map((k) => [`data_batch_${k}.bin`, records([k, 0])]));

  test('binary files become red, green, blue pictures, in the folder or one below', async () => {
    const all = { ...files, 'test_batch.bin': records([9]) };
    const below = Object.fromEntries(Object.entries(all).map(([name, data]) => [`cifar-10-batches-bin/${name}`, data]));
    for (const root of [await folderWith(all), await folderWith(below)]) {
      const { samples, classes } = await openClassification(`cifar10:${root}`, { split: 'train' });
      expect(samples.map(({ id, label }) => [id, label]).slice(0, 3)).toEqual([
        ['data_batch_1.bin#0', 1],
        ['data_batch_1.bin#1', 0],
        ['data_batch_2.bin#0', 2],
      ]);
      expect([...pixelsOf(samples[0]).subarray(0, 6)]).toEqual([0, 20, 40, 1, 21, 41]);
      expect([samples.length, classes.length, classes[9]]).toEqual([10, 10, 'truck']);
      expect(
        (await openClassification(`cifar10:${root}`, { split: 'test' })).samples.map(({ label }) => label),
      ).toEqual([9]);
    }
  });

  test('names the file that is cut short, missing or has a label too large', async () => {
    const open = async (more: Record<string, Uint8Array>) =>
      openClassification(`cifar10:${await folderWith({ ...files, ...more })}`, { split: 'train' });
    await expect(open({ 'data_batch_3.bin': records([1]).subarray(0, 3000) })).rejects.toThrow(
      /data_batch_3\.bin: must hold records of 3073 bytes, found 3000 bytes/,
    );
    await expect(open({ 'data_batch_2.bin': records([0, 10]) })).rejects.toThrow(
      /data_batch_2\.bin: record 1: the label must be below 10, found 10/,
    );
    const { 'data_batch_4.bin': _, ...incomplete } = files;
    await expect(openClassification(`cifar10:${await folderWith(incomplete)}`, { split: 'train' })).rejects.toThrow(
      /data_batch_4\.bin: must be there/,
    );
    await expect(openClassification(`cifar10:${await folderWith()}`, { split: 'train' })).rejects.toThrow(
      /must hold index\.json or/,
    );
  });

  test('sheets are cut into tiles, row by row', async () => {
    const pixels = gradientPixels(12, 8);
    const sheet = await sharp(pixels, { raw: { width: 12, height: 8, channels: 3 } })
      .png()
      .toBuffer();
    const part = { tilesPerSheet: 5, pattern: '{class}.png' };
    const index = { tile: 4, columns: 3, classes: ['a', 'b'], train: part };
    const root = await folderWith({ 'index.json': JSON.stringify(index), 'a.png': sheet, 'b.png': sheet });
    const { samples } = await openClassification(`cifar10:${root}`, { split: 'train' });
    expect(samples.map(({ id }) => id)).toEqual(
      [0, 1, 2, 3, 4].map((i) => `a.png#${i}`).concat([0, 1, 2, 3, 4].map((i) => `b.png#${i}`)),
    );
    const row = (y: number, x: number) => [...pixels.subarray((y * 12 + x) * 3, (y * 12 + x + 4) * 3)];
    expect([...pixelsOf(samples[4])]).toEqual([4, 5, 6, 7].flatMap((y) => row(y, 4)));
    await expect(openClassification(`cifar10:${root}`, { split: 'test' })).rejects.toThrow(
      /split: unknown name "test"; known: train/,
    );
    await writeFile(join(root, 'index.json'), JSON.stringify({ ...index, train: { ...part, tilesPerSheet: 7 } }));
    await expect(openClassification(`cifar10:${root}`, { split: 'train' })).rejects.toThrow(
      /a\.png: must be 12 wide and at least 12 high for 7 tiles/,
    );
    await writeFile(join(root, 'index.json'), JSON.stringify({ ...index, tile: 0 }));
    await expect(openClassification(`cifar10:${root}`, { split: 'train' })).rejects.toThrow(
      /index\.json: tile must be a whole number of pixels, found 0/,
    );
  });
});

describe('images:', () => {
  const names = (folder: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${folder}/${i}.jpg`, 'x']));

  test('without splits, a share of each class is val: the same for a seed, and nothing is in both', async () => {
    const root = await folderWith({ ...names('cat', 20), ...names('dog', 10), 'cat/notes.txt': 'x' });
    const ids = async (split: string, seed = 1) =>
      (await openClassification(`images:${root}`, { split, valShare: 0.2, seed })).samples.map(({ id }) => id);
    const [train, val] = [await ids('train'), await ids('val')];
    expect([
      train.length,
      val.filter((id) => id.startsWith('cat')).length,
      val.filter((id) => id.startsWith('dog')).length,
    ]).toEqual([24, 4, 2]);
    expect(new Set([...train, ...val]).size).toBe(30);
    expect(await ids('val')).toEqual(val);
    expect(await ids('val', 2)).not.toEqual(val);
  });

  test('has its own splits where there is a train, all with the classes of train', async () => {
    const root = await folderWith({ ...names('train/cat', 2), ...names('train/dog', 2), ...names('test/dog', 1) });
    expect(await classificationSplits(`images:${root}`)).toEqual(['train', 'test']);
    expect((await openClassification(`images:${root}`, { split: 'test' })).samples.map(({ label }) => label)).toEqual([
      1,
    ]);
    const wrong = await folderWith({ ...names('train/cat', 2), ...names('train/dog', 2), ...names('val/bird', 1) });
    await expect(openClassification(`images:${wrong}`, { split: 'val' })).rejects.toThrow(
      /val: must have the classes of train, found bird besides/,
    );
    await expect(openClassification(`images:${await folderWith(names('cat', 1))}`, { split: 'train' })).rejects.toThrow(
      /at least two classes, found cat alone/,
    );
  });
});

describe('tiny-imagenet:', () => {
  test('reads the original layout, with the first words as names', async () => {
    const root = await folderWith({
      'wnids.txt': 'n1\nn2\n',
      'words.txt': 'n2\tcrane, bird\nn1\tcrane, machine\nn3\tother\n',
      'train/n1/images/n1_0.JPEG': 'x',
      'train/n2/images/n2_0.JPEG': 'x',
      'val/val_annotations.txt': 'val_0.JPEG\tn2\t0\t0\t1\t1\n',
    });
    const { samples, classes } = await openClassification(`tiny-imagenet:${root}`, { split: 'val' });
    expect(classes).toEqual(['crane (n1)', 'crane (n2)']);
    expect(samples).toEqual([{ id: 'val/val_0.JPEG', label: 1, picture: join(root, 'val/images/val_0.JPEG') }]);
    expect(
      (await openClassification(`tiny-imagenet:${root}`, { split: 'train' })).samples.map(({ label }) => label),
    ).toEqual([0, 1]);
    await writeFile(join(root, 'val/val_annotations.txt'), 'val_0.JPEG\tn7\n');
    await expect(openClassification(`tiny-imagenet:${root}`, { split: 'val' })).rejects.toThrow(
      /val_annotations\.txt: line 1 must be a picture and a class/,
    );
  });
});

test.each([
  ['nowhere', /must be KIND:FOLDER/],
  ['cifar:x', /dataset: kind: unknown name "cifar"; known: cifar10, images, tiny-imagenet/],
])('the data set %s is refused', async (spec, message) => {
  await expect(openClassification(spec, { split: 'train' })).rejects.toThrow(message);
});

const options: ClassificationLoaderOptions = {
  batchSize: 3,
  imageSize: [8, 8],
  augment: { kind: 'pad-crop', pad: 2 },
  mean: [10, 20, 30],
  std: [2, 4, 5],
  seed: 5,
  workers: 0,
};

async function batches(loader: ClassificationLoader): Promise<ClassificationBatch[]> {
  onTestFinished(() => loader.close());
  const taken: ClassificationBatch[] = [];
  for await (const batch of loader) taken.push(batch);
  return taken;
}

const photographs = { kind: 'resized-crop', scale: [0.2, 1], ratio: [0.75, 4 / 3], colour: 0.4 } as const;

describe('the loader', () => {
  test.each([options.augment, photographs])(
    'gives the same batches with no and two workers, from pixels and from files: $kind',
    async (augment) => {
      const root = await folderWith();
      const inMemory = makeGratings({ classes: 2, perClass: 4, size: 10, seed: 1 }, 'train').samples;
      const files = await Promise.all(
        inMemory.map(async (sample) => {
          const path = join(root, `${sample.id}.png`);
          await sharp(pixelsOf(sample), { raw: { width: 10, height: 10, channels: 3 } })
            .png()
            .toFile(path);
          return { ...sample, picture: path };
        }),
      );
      const common = { ...options, augment, steps: 5 };
      const expected = await batches(createClassificationLoader(inMemory, common));
      expect(expected.map(({ epoch }) => epoch)).toEqual([0, 0, 1, 1, 2]);
      for (const [samples, more] of [
        [inMemory, { workers: 2 }],
        [files, { workers: 0 }],
        [files, { workers: 2, cacheBytes: 0 }],
      ] as const) {
        expect(await batches(createClassificationLoader(samples, { ...common, ...more }))).toEqual(expected);
      }
      expect(await batches(createClassificationLoader(files, { ...common, startStep: 3 }))).toEqual(expected.slice(3));
    },
  );

  test('pad and crop: every pixel is the source’s at one offset, mirrored or not, or the mean', async () => {
    const data = gradientPixels(8, 8);
    const samples = [{ id: 'one', label: 0, picture: { data, width: 8, height: 8 } }];
    const seen = await batches(createClassificationLoader(samples, { ...options, batchSize: 1, steps: 40 }));
    const normalized = (x: number, y: number, c: number) =>
      x < 0 || y < 0 || x > 7 || y > 7 ? 0 : (data[(y * 8 + x) * 3 + c] - options.mean[c]) / options.std[c];
    const views = seen.map(({ images }) => {
      for (let dy = -2; dy <= 2; dy++)
        for (let dx = -2; dx <= 2; dx++)
          for (const mirrored of [false, true]) {
            const isView = images.every((value, i) => {
              const [c, x, y] = [i % 3, Math.floor(i / 3) % 8, Math.floor(i / 24)];
              return Math.abs(value - normalized((mirrored ? 7 - x : x) + dx, y + dy, c)) < 1e-4;
            });
            if (isView) return `${dx} ${dy} ${mirrored}`;
          }
      return 'none';
    });
    expect(views).not.toContain('none');
    expect(new Set(views).size).toBeGreaterThan(15);
  });

  test('evaluation shows the middle of every picture once, in order', async () => {
    const samples = Array.from({ length: 4 }, (_, i) => ({
      id: String(i),
      label: i,
      picture: { data: gradientPixels(16, 12), width: 16, height: 12 },
    }));
    const { seed: _, ...common } = options;
    const augment = { kind: 'centre', share: 8 / 12 } as const;
    const [first, last] = await batches(createClassificationEvaluationLoader(samples, { ...common, augment }));
    expect([first.ids, last.ids, [...last.labels], last.shape]).toEqual([['0', '1', '2'], ['3'], [3], [1, 8, 8, 3]]);
    const at = ((2 + 5) * 16 + 4 + 3) * 3; // row 5, column 3 of the middle
    expect(last.images[(5 * 8 + 3) * 3]).toBeCloseTo((gradientPixels(16, 12)[at] - 10) / 2, 4);
  });

  test('a picture that does not decode ends the iteration with its path; wrong options are named', async () => {
    const root = await folderWith({ 'cut.png': (await picture(40, 40, 'png')).subarray(0, 300) });
    const broken = [{ id: 'cut', label: 0, picture: join(root, 'cut.png') }];
    for (const workers of [0, 1]) {
      await expect(
        batches(createClassificationLoader(broken, { ...options, batchSize: 1, workers, steps: 2 })),
      ).rejects.toThrow(/cut\.png: must be a whole/);
    }
    expect(() => createClassificationLoader(broken, options)).toThrow(/at least 3 pictures for a batch, found 1/);
    const wrong = { ...photographs, scale: [0.5, 0.2] as const };
    expect(() => createClassificationLoader(broken, { ...options, augment: wrong })).toThrow(
      /augment resized-crop: scale must be/,
    );
    expect(() => createClassificationLoader(broken, { ...options, std: [1, 0, 1] })).toThrow(/std must be/);
  });
});
