import { join } from 'node:path';
import { OnebitError } from '@onebit/common';
import { listFolder } from '../files.js';
import { isPictureName } from './image-folder.js';
import { type ClassificationSource, expected, isCount, isText, linesOf, namesIn, readIndex } from './source.js';
import { cutSheets, type Sheet } from './tiles.js';
import type { ClassificationSample } from './types.js';

/**
 * Tiny ImageNet: the original folders (`wnids.txt`, `words.txt`, `train/<wnid>/images`, `val/val_annotations.txt`), read when they are needed, or sheets of tiles
 * that an `index.json` describes, decoded once and kept as bytes. Classes are named by the first of their words.
 */
export async function openTinyImagenet(folder: string): Promise<ClassificationSource> {
  const index = await readIndex(folder);
  if (index !== undefined) return sheetSource(folder, index);
  if ((await listFolder(folder))?.includes('wnids.txt')) return originalSource(folder);
  throw new OnebitError(
    'ERR_DATA',
    `tiny-imagenet:${folder}: must hold index.json, or wnids.txt beside train and val, found neither. Name the folder that tiny-imagenet-200.zip unpacks to.`,
  );
}

/** The form `{tile, columns, classes: [{wnid, words, train: {names}, val: {names}}]}`, one sheet `<split>/<wnid>.jpg` for each class and split. */
function sheetSource(folder: string, index: Record<string, unknown>): ClassificationSource {
  const where = `${join(folder, 'index.json')}:`;
  const tile = expected(isCount, index.tile, `${where} tile`, 'a whole number of pixels');
  const columns = expected(isCount, index.columns, `${where} columns`, 'a whole number of tiles');
  const isList = (value: unknown): value is Record<string, unknown>[] => Array.isArray(value) && value.length > 1;
  const entries = expected(isList, index.classes, `${where} classes`, 'a list of at least two');
  const classes = entries.map(({ wnid, words }, i) => {
    const id = expected(isText, wnid, `${where} classes[${i}].wnid`, 'a text');
    return { wnid: id, words: isText(words) ? words : id };
  });
  const sheet = (split: string, entry: Record<string, unknown>, label: number): Sheet[] => {
    const at = `${where} classes[${label}].${split}.names`;
    const names = expected(Array.isArray, (entry[split] as { names?: unknown } | undefined)?.names, at, 'a list');
    const name = `${split}/${classes[label].wnid}.jpg`;
    return names.length === 0 ? [] : [{ path: join(folder, name), name, label, count: names.length }];
  };
  return {
    classes: classNames(classes),
    splits: ['train', 'val'],
    read: (split) =>
      cutSheets(
        entries.flatMap((entry, label) => sheet(split, entry, label)),
        { tile, columns },
      ),
  };
}

async function originalSource(folder: string): Promise<ClassificationSource> {
  const wnids = await linesOf(join(folder, 'wnids.txt'));
  const hasWords = (await listFolder(folder))?.includes('words.txt') === true;
  const rows = hasWords ? (await linesOf(join(folder, 'words.txt'))).map((line) => line.split('\t')) : [];
  const words = new Map(rows.map(([wnid, text]) => [wnid, text]));
  const read = { train: () => readTrain(folder, wnids), val: () => readVal(folder, wnids) };
  return {
    classes: classNames(wnids.map((wnid) => ({ wnid, words: words.get(wnid) ?? wnid }))),
    splits: Object.keys(read),
    read: (split) => read[split as keyof typeof read](),
  };
}

async function readTrain(folder: string, wnids: readonly string[]): Promise<ClassificationSample[]> {
  const perClass = wnids.map(async (wnid, label) => {
    const place = join(folder, 'train', wnid, 'images');
    const names = (await namesIn(place, 'the pictures of a class')).filter(isPictureName);
    return names.map((name) => ({ id: `train/${name}`, label, picture: join(place, name) }));
  });
  return (await Promise.all(perClass)).flat();
}

async function readVal(folder: string, wnids: readonly string[]): Promise<ClassificationSample[]> {
  const list = join(folder, 'val', 'val_annotations.txt');
  return (await linesOf(list)).map((line, i) => {
    const [name, wnid] = line.split('\t');
    const label = wnids.indexOf(wnid);
    if (label >= 0) return { id: `val/${name}`, label, picture: join(folder, 'val', 'images', name) };
    throw new OnebitError(
      'ERR_DATA',
      `${list}: line ${i + 1} must be a picture and a class of wnids.txt, found ${JSON.stringify(line.slice(0, 60))}`,
    );
  });
}

/** The first word of each class; where several share it, with the WordNet id. */
function classNames(classes: readonly { readonly wnid: string; readonly words: string }[]): string[] {
  const first = classes.map(({ words }) => words.split(',')[0].trim());
  return first.map((name, i) =>
    first.indexOf(name) === first.lastIndexOf(name) ? name : `${name} (${classes[i].wnid})`,
  );
}
