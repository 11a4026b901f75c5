import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { OnebitError } from '@onebit/common';
import { readMask, type VocMask } from 'pascal-voc-parser';
import { listed } from './names.js';

/** One picture's label maps, by path. */
export interface LabelPair {
  readonly id: string;
  readonly truth: string;
  readonly prediction: string;
}

/** Label maps of truth and prediction, in ascending order of their names. */
export interface LabelPairs {
  /** Names of the labels 0, 1, 2, …; 255 is void. */
  readonly classes: readonly string[];
  readonly pairs: readonly LabelPair[];
}

/** PNG files of a folder by name without extension. */
export async function pngsOf(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => /\.png$/i.test(name)).sort();
  return new Map(names.map((name) => [name.slice(0, -extname(name).length), join(folder, name)]));
}

/**
 * Pairs by name. Missing and extra predictions are refused: a score over the pictures that happen to be there would be another number.
 * @throws OnebitError ERR_DATA with the names.
 */
export function pairByName(truths: ReadonlyMap<string, string>, predictions: ReadonlyMap<string, string>): LabelPair[] {
  const missing = [...truths.keys()].filter((id) => !predictions.has(id));
  const extra = [...predictions.keys()].filter((id) => !truths.has(id));
  const complaints = [
    ...(missing.length > 0 ? [`--dt lacks ${listed(missing)}`] : []),
    ...(extra.length > 0 ? [`--gt lacks ${listed(extra)}`] : []),
  ];
  if (complaints.length > 0) {
    throw new OnebitError('ERR_DATA', `every label map needs its partner of the same name: ${complaints.join('; ')}`);
  }
  return [...truths].flatMap(([id, truth]) => {
    const prediction = predictions.get(id);
    return prediction === undefined ? [] : [{ id, truth, prediction }];
  });
}

/** Reads both maps of a picture. @throws VocError for files that hold no labels, OnebitError when the sizes differ. */
export async function readPair({ id, truth, prediction }: LabelPair): Promise<{ truth: VocMask; prediction: VocMask }> {
  const [gt, dt] = await Promise.all([truth, prediction].map(async (path) => readMask(await readFile(path), path)));
  if (gt.width !== dt.width || gt.height !== dt.height) {
    throw new OnebitError(
      'ERR_DATA',
      `${id}: the truth has ${gt.width} x ${gt.height} pixels, the prediction ${dt.width} x ${dt.height}; score at the size of the truth`,
    );
  }
  return { truth: gt, prediction: dt };
}
