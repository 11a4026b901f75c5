import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSeed, OnebitError, Random } from '@onebit/common';
import { type ClassificationSource, namesIn } from './source.js';
import type { ClassificationSample } from './types.js';

/** True for names of files that a loader can decode. */
export const isPictureName = (name: string): boolean => /\.(jpe?g|png|webp)$/i.test(name) && !name.startsWith('.');

/** Names of folders that are splits, not classes, the one to evaluate on in order of preference. */
const splitNames = ['train', 'val', 'valid', 'validation', 'test'];

/** Which pictures are for validation where a folder has no splits of its own. */
export interface SeededSplit {
  /** Share of each class, in (0, 1). */
  readonly valShare: number;
  readonly seed: number;
}

/**
 * A folder for each class with pictures in it, at any depth; in `train` and `val` (or `valid`, `validation`, `test`), or without these: then a share of each class,
 * drawn by a seed and the pictures' names, is `val`. Classes are the folders' names, sorted.
 */
export async function openImageFolder(folder: string, split: SeededSplit): Promise<ClassificationSource> {
  const found = await subFolders(folder);
  const own = splitNames.filter((name) => found.includes(name));
  if (!own.includes('train')) return seededSource(folder, found, split);
  const classes = await subFolders(join(folder, 'train'));
  checkClasses(join(folder, 'train'), classes);
  return {
    classes,
    splits: own,
    async read(name) {
      const place = join(folder, name);
      const unknown = (await subFolders(place)).filter((other) => !classes.includes(other));
      if (unknown.length > 0) {
        throw new OnebitError(
          'ERR_DATA',
          `${place}: must have the classes of train, found ${unknown.join(', ')} besides. Rename or move them.`,
        );
      }
      return (await picturesOf(place, classes)).flat();
    },
  };
}

function seededSource(folder: string, classes: string[], { valShare, seed }: SeededSplit): ClassificationSource {
  checkClasses(folder, classes);
  return {
    classes,
    splits: ['train', 'val'],
    async read(name) {
      const perClass = await picturesOf(folder, classes);
      return perClass.flatMap((samples, label) => {
        const order = new Random(hashSeed(seed, 'val', classes[label])).shuffle(samples.map(({ id }) => id));
        // Every class is in both parts where it has two pictures.
        const count = Math.min(samples.length - 1, Math.max(1, Math.round(samples.length * valShare)));
        const held = new Set(order.slice(0, Math.max(0, count)));
        return samples.filter(({ id }) => held.has(id) === (name === 'val'));
      });
    },
  };
}

function checkClasses(folder: string, classes: readonly string[]): void {
  if (classes.length > 1) return;
  const found = classes.length === 0 ? 'none' : `${classes[0]} alone`;
  throw new OnebitError(
    'ERR_DATA',
    `images:${folder}: must have a folder for each of at least two classes, found ${found}. Expected DIR/<class>/*.jpg or DIR/train/<class>/*.jpg.`,
  );
}

async function picturesOf(folder: string, classes: readonly string[]): Promise<ClassificationSample[][]> {
  return Promise.all(
    classes.map(async (name, label) => {
      const names = await readdir(join(folder, name), { recursive: true }).catch(() => []); // a split may lack a class
      const pictures = names.filter((path) => isPictureName(path.split(/[\\/]/).at(-1) as string)).sort();
      return pictures.map((path) => ({ id: `${name}/${path}`, label, picture: join(folder, name, path) }));
    }),
  );
}

async function subFolders(folder: string): Promise<string[]> {
  await namesIn(folder, 'a folder for each class');
  const entries = await readdir(folder, { withFileTypes: true });
  const isFolder = entries.filter(
    (entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'),
  );
  return isFolder.map(({ name }) => name).sort();
}
