import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { OnebitError } from '@onebit/common';
import { describe, expect, onTestFinished, test } from 'vitest';
import { picture, sampleFiles } from '../testing/fixtures.js';
import { createEvaluationLoader, createLoader } from './loader.js';
import type { DetectionBatch, DetectionLoader, LoaderOptions } from './types.js';

const options: LoaderOptions = {
  batchSize: 3,
  imageSize: [16, 24],
  augment: 'ssd',
  mean: [123, 117, 104],
  std: [58, 57, 57],
  channelOrder: 'rgb',
  seed: 5,
  workers: 0,
};

async function batches(loader: DetectionLoader, count = Number.POSITIVE_INFINITY): Promise<DetectionBatch[]> {
  onTestFinished(() => loader.close());
  const taken: DetectionBatch[] = [];
  if (count === 0) return taken;
  for await (const batch of loader) {
    taken.push(batch);
    if (taken.length === count) break;
  }
  return taken;
}

describe('createLoader', () => {
  test('gives batches of the shape asked for, with targets relative to the pictures', async () => {
    const [batch] = await batches(createLoader(await sampleFiles(5), options), 1);
    expect(batch.shape).toEqual([3, 16, 24, 3]);
    expect(batch.images.length).toBe(3 * 16 * 24 * 3);
    expect([batch.step, batch.epoch, batch.ids.length, batch.sizes.length]).toEqual([0, 0, 3, 3]);
    for (const { boxes, labels, difficult } of batch.targets) {
      expect(boxes.length).toBe(labels.length * 4);
      expect(difficult.length).toBe(labels.length);
      expect(boxes.every((side) => side >= 0 && side <= 1)).toBe(true);
    }
  });

  test('gives the same batches with no, one and two workers, with and without cache', async () => {
    const samples = await sampleFiles(7);
    const expected = await batches(createLoader(samples, { ...options, cacheBytes: 0, steps: 6 }));
    expect(expected.length).toBe(6);
    for (const [workers, cacheBytes] of [
      [1, 2 ** 20],
      [2, 0],
      [2, 3 * 48 * 44 * 3],
      [0, 2 ** 20],
    ]) {
      expect(await batches(createLoader(samples, { ...options, workers, cacheBytes, steps: 6 }))).toEqual(expected);
    }
  });

  test('goes on from startStep with the batches that an uninterrupted run has there', async () => {
    const samples = await sampleFiles(7);
    const all = await batches(createLoader(samples, { ...options, steps: 7 }));
    for (const startStep of [1, 2, 5]) {
      expect(await batches(createLoader(samples, { ...options, startStep, steps: 7 }))).toEqual(all.slice(startStep));
    }
  });

  test('visits every picture once an epoch, in a new order each, and augments it anew', async () => {
    const samples = await sampleFiles(6);
    const loader = createLoader(samples, { ...options, steps: 4 });
    expect([loader.sampleCount, loader.stepsPerEpoch]).toEqual([6, 2]);
    const all = await batches(loader);
    expect(all.map(({ epoch }) => epoch)).toEqual([0, 0, 1, 1]);
    const [first, second] = [all.slice(0, 2), all.slice(2)].map((epoch) => epoch.flatMap(({ ids }) => ids));
    expect([...first].sort()).toEqual(samples.map(({ id }) => id));
    expect([...second].sort()).toEqual([...first].sort());
    expect(second).not.toEqual(first);
    const pictureOf = (part: DetectionBatch[], id: string) => {
      const batch = part.find(({ ids }) => ids.includes(id))!;
      const length = batch.images.length / 3;
      return batch.images.subarray(batch.ids.indexOf(id) * length, (batch.ids.indexOf(id) + 1) * length);
    };
    expect(pictureOf(all.slice(0, 2), '0')).not.toEqual(pictureOf(all.slice(2), '0'));
  });

  test('keeps the last batch when asked, and the order without shuffle', async () => {
    const loader = createLoader(await sampleFiles(7), { ...options, shuffle: false, dropLast: false, steps: 3 });
    expect((await batches(loader)).map(({ ids }) => ids)).toEqual([['0', '1', '2'], ['3', '4', '5'], ['6']]);
  });

  test('leaves out difficult objects, boxes under a pixel and pictures without objects, unless told otherwise', async () => {
    const [plain, difficult, tiny] = await sampleFiles(3);
    const samples = [
      plain,
      { ...difficult, objects: [{ ...plain.objects[0], difficult: true }] },
      { ...tiny, objects: [{ ...plain.objects[0], box: [3, 3, 3.5, 9] as const }] },
    ];
    const count = (more: object) => createLoader(samples, { ...options, batchSize: 1, ...more }).sampleCount;
    expect([count({}), count({ keepDifficult: true }), count({ keepEmpty: true })]).toEqual([1, 2, 3]);
    const [batch] = await batches(
      createLoader([samples[1]], { ...options, batchSize: 1, keepDifficult: true, augment: 'none' }),
      1,
    );
    expect([...batch.targets[0].difficult]).toEqual([1]);
  });

  test('a corrupt picture ends the iteration with its path, or another one takes its place every time the same', async () => {
    const samples = await sampleFiles(5);
    await writeFile(samples[2].imagePath, (await picture(50, 44, 'png')).subarray(0, 900));
    for (const workers of [0, 1]) {
      const failing = batches(createLoader(samples, { ...options, workers, steps: 3 }));
      await expect(failing).rejects.toThrow(OnebitError);
      await expect(failing).rejects.toThrow(samples[2].imagePath);
    }
    const skipping = { ...options, onCorrupt: 'skip' as const, steps: 5 };
    const loader = createLoader(samples, skipping);
    const all = await batches(loader);
    expect(all.flatMap(({ ids }) => ids)).not.toContain('2');
    expect(all.every(({ ids, targets }) => ids.length === 3 && targets.every(({ labels }) => labels.length > 0))).toBe(
      true,
    );
    expect(loader.statistics().skipped).toEqual([expect.stringContaining(samples[2].imagePath)]);
    expect(await batches(createLoader(samples, { ...skipping, workers: 1 }))).toEqual(all);
  });

  test('a picture that is not as large as its boxes are for is an error', async () => {
    const [sample] = await sampleFiles(1);
    const loader = createLoader([{ ...sample, width: 99 }], { ...options, batchSize: 1 });
    await expect(batches(loader, 1)).rejects.toThrow(
      /must have the size 99 x 44 that its boxes are for, found 48 x 44/,
    );
  });

  test('decodes each picture once while the cache has room', async () => {
    const samples = await sampleFiles(6);
    for (const workers of [0, 1]) {
      const loader = createLoader(samples, { ...options, workers, prefetch: 0, steps: 6 });
      await batches(loader);
      expect(loader.statistics()).toMatchObject({ batches: 6, decodedImages: 6, cachedImages: 12 });
      expect(loader.statistics().cacheBytes).toBe(
        samples.reduce((sum, { width, height }) => sum + width * height * 3, 0),
      );
    }
  });

  test('says how long the consumer waited', async () => {
    const loader = createLoader(await sampleFiles(3), { ...options, steps: 4 });
    expect(loader.statistics().waitedFraction).toBe(0);
    await batches(loader);
    const { waitedMs, elapsedMs, waitedFraction } = loader.statistics();
    expect(waitedMs).toBeGreaterThan(0);
    expect(elapsedMs).toBeGreaterThanOrEqual(waitedMs);
    expect(waitedFraction).toBeCloseTo(waitedMs / elapsedMs, 12);
  });

  test('close ends an iteration in progress and forbids another', async () => {
    const loader = createLoader(await sampleFiles(4), { ...options, workers: 1 });
    let taken = 0;
    for await (const _ of loader) if (++taken === 3) await loader.close();
    expect(taken).toBe(3);
    await expect(batches(loader, 1)).rejects.toThrow('after close()');
  });

  test('batches lie ready for a consumer that blocks its thread with each, as kernels do', async () => {
    const loader = createLoader(await sampleFiles(6), { ...options, workers: 1 });
    onTestFinished(() => loader.close());
    const waits: number[] = [];
    let asked = performance.now();
    for await (const _ of loader) {
      waits.push(performance.now() - asked);
      if (waits.length === 12) break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60); // milliseconds; a batch takes about 5
      await setImmediate();
      asked = performance.now();
    }
    const median = waits.slice(4).sort((a, b) => a - b)[4]; // the first ones wait for the worker to start
    expect(median).toBeLessThan(6);
  });

  test('closing while batches are being made ends no program', async () => {
    for (let i = 0; i < 5; i++) {
      const loader = createLoader(await sampleFiles(6), { ...options, workers: 2, prefetch: 8 });
      for await (const _ of loader) break;
      await loader.close();
    }
    await setImmediate();
  });

  test('a program that leaves a loader with workers open still ends', async () => {
    const samples = await sampleFiles(4);
    const program = `
      import { createLoader } from ${JSON.stringify(new URL('../../dist/loader/loader.js', import.meta.url).href)};
      const loader = createLoader(${JSON.stringify(samples)}, ${JSON.stringify({ ...options, workers: 1 })});
      for await (const batch of loader) if (batch.step === 2) break;
      console.log('done');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 30_000,
    });
    expect(stdout).toBe('done\n');
  });

  test.each([
    [{ batchSize: 0 }, 'batchSize must be'],
    [{ imageSize: [0, 5] as const }, 'imageSize must be'],
    [{ std: [1, 0, 1] as const }, 'std must be'],
    [{ workers: 1.5 }, 'workers must be'],
    [{ startStep: -1 }, 'startStep must be'],
    [{ maxExpand: 0.5 }, 'maxExpand must be'],
    [{ minCrop: 0 }, 'minCrop must be'],
    [{ batchSize: 4 }, 'at least 4 pictures with objects'],
  ])('refuses %o', async (wrong, message) => {
    const samples = await sampleFiles(3);
    expect(() => createLoader(samples, { ...options, ...wrong })).toThrow(message);
  });
});

describe('createEvaluationLoader', () => {
  const { augment: _, seed: __, ...common } = options;

  test('gives every picture once, in order, with all objects and the original sizes', async () => {
    const samples = await sampleFiles(5);
    const flagged = { ...samples[1], objects: [{ ...samples[1].objects[0], difficult: true }] };
    const empty = { ...samples[3], objects: [] };
    const loader = createEvaluationLoader([samples[0], flagged, samples[2], empty, samples[4]], common);
    for (let pass = 0; pass < 2; pass++) {
      const all = await batches(loader);
      expect(all.map(({ ids }) => ids)).toEqual([
        ['0', '1', '2'],
        ['3', '4'],
      ]);
      expect(all.flatMap(({ sizes }) => sizes)).toEqual(samples.map(({ height, width }) => [height, width]));
      expect(all.flatMap(({ targets }) => targets.map(({ labels }) => labels.length))).toEqual([2, 1, 2, 0, 2]);
      expect([...all[0].targets[1].difficult]).toEqual([1]);
      expect(all[1].shape[0]).toBe(2);
      const [x1, y1, x2, y2] = all[0].targets[0].boxes;
      const original = [x1 * 48, y1 * 44, x2 * 48, y2 * 44];
      for (const [i, side] of samples[0].objects[0].box.entries()) expect(original[i]).toBeCloseTo(side, 4);
    }
  });

  test('leaves corrupt pictures out when told to skip', async () => {
    const samples = await sampleFiles(4);
    await writeFile(samples[1].imagePath, 'broken');
    await writeFile(samples[3].imagePath, 'broken');
    const loader = createEvaluationLoader(samples, { ...common, onCorrupt: 'skip' });
    const all = await batches(loader);
    expect(all.map(({ ids, shape }) => [ids, shape[0]])).toEqual([[['0', '2'], 2]]);
    expect(all[0].images.length).toBe(2 * 16 * 24 * 3);
    expect(loader.statistics().skipped.length).toBe(2);
  });

  test('has nothing to give for no pictures', async () => {
    expect(await batches(createEvaluationLoader([], common))).toEqual([]);
  });
});
