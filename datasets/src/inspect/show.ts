import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSeed, OnebitError, Random, writeFileAtomic } from '@onebit/common';
import sharp from 'sharp';
import { mapConcurrent } from '../files.js';
import type { DetectionDataset, DetectionSample } from '../types.js';
import { type DrawnBox, type DrawOptions, drawDetections } from './draw.js';

export interface ShowOptions {
  /** Folder that the pictures are written to; made when missing. */
  readonly output: string;
  /** Pictures to show, drawn at random. Default 16, at most all. */
  readonly count?: number;
  readonly seed?: number;
  /** Predictions by sample id, drawn over the truths. */
  readonly predictions?: ReadonlyMap<string, readonly DrawnBox[]>;
  /** Lays the object masks over the pictures, where there are any. */
  readonly masks?: boolean;
  readonly palette?: DrawOptions['palette'];
}

const defaultCount = 16;
/** Pixels of a tile of the contact sheet, border included. */
const tile = 360;
const border = 4;
const mostColumns = 5;

/** Writes some pictures of a data set with their boxes and names, and `contact-sheet.png` with all of these. Returns the paths. */
export async function showSamples(
  dataset: DetectionDataset,
  options: ShowOptions,
): Promise<{ pictures: string[]; contactSheet: string }> {
  const { output, count = defaultCount, seed = 1 } = options;
  if (!Number.isInteger(count) || count < 1)
    throw new OnebitError('ERR_USAGE', `show samples: count must be a whole number above 0, got ${count}`);
  if (dataset.samples.length === 0)
    throw new OnebitError('ERR_DATA', `show samples: ${dataset.name} (${dataset.split}) has no pictures`);
  await mkdir(output, { recursive: true });
  const chosen = chooseSamples(dataset.samples, count, seed);
  const drawn = await mapConcurrent(chosen, 4, async (sample) => {
    const png = await drawSample(sample, dataset.classes, options);
    const path = join(output, `${sample.id.replace(/[^\w.-]/g, '_')}.png`);
    await writeFileAtomic(path, png);
    return { path, png };
  });
  const contactSheet = join(output, 'contact-sheet.png');
  await writeFileAtomic(contactSheet, await layOut(drawn.map(({ png }) => png)));
  return { pictures: drawn.map(({ path }) => path), contactSheet };
}

/** In the set's order, so that the sheet reads like the list. */
function chooseSamples(samples: readonly DetectionSample[], count: number, seed: number): DetectionSample[] {
  const order = new Random(hashSeed(seed, 'show')).shuffle(Array.from(samples.keys()));
  return order
    .slice(0, count)
    .sort((a, b) => a - b)
    .map((index) => samples[index]);
}

function drawSample(sample: DetectionSample, classes: readonly string[], options: ShowOptions): Promise<Buffer> {
  const truths = sample.objects.map((object): DrawnBox => ({ ...object, kind: 'truth' }));
  const predictions = options.predictions?.get(sample.id) ?? [];
  const maskPath = options.masks ? (sample.objectMaskPath ?? sample.classMaskPath) : undefined;
  const boxes = [...truths, ...predictions.map((box): DrawnBox => ({ ...box, kind: 'prediction' }))];
  return drawDetections(sample.imagePath, boxes, { classes, palette: options.palette, maskPath });
}

async function layOut(pictures: readonly Buffer[]): Promise<Buffer> {
  const columns = Math.min(mostColumns, Math.ceil(Math.sqrt(pictures.length)));
  const lines = Math.ceil(pictures.length / columns);
  const side = tile - border;
  const tiles = await Promise.all(
    pictures.map(async (picture, i) => ({
      input: await sharp(picture).resize(side, side, { fit: 'contain', background: '#202020' }).png().toBuffer(),
      left: (i % columns) * tile + border / 2,
      top: Math.floor(i / columns) * tile + border / 2,
    })),
  );
  return sharp({ create: { width: columns * tile, height: lines * tile, channels: 3, background: '#202020' } })
    .composite(tiles)
    .png()
    .toBuffer();
}
