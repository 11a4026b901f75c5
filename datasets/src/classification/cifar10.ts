import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OnebitError } from '@onebit/common';
import { listFolder } from '../files.js';
import type { RgbImage } from '../image.js';
import { type ClassificationSource, expected, isCount, isText, linesOf, readIndex } from './source.js';
import { cutSheets, imagesIn, type Sheet } from './tiles.js';
import type { ClassificationSample } from './types.js';

/** Side of a picture; a record of the binary files is a label and the planes red, green, blue (Krizhevsky 2009, the data set's own page). */
const side = 32;
const planeBytes = side * side;
const recordBytes = 1 + 3 * planeBytes;

/** In the order of the labels, which `batches.meta.txt` beside the binary files says, too. */
const classNames = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

const binaryFiles: Readonly<Record<string, readonly string[]>> = {
  train: [1, 2, 3, 4, 5].map((k) => `data_batch_${k}.bin`),
  test: ['test_batch.bin'],
};

/**
 * CIFAR-10 in its binary version (`data_batch_1.bin` … `test_batch.bin`, in the folder itself or in `cifar-10-batches-bin` below it), or as sheets of tiles that
 * an `index.json` describes. Either way the pictures are decoded once and kept as bytes.
 */
export async function openCifar10(folder: string): Promise<ClassificationSource> {
  const index = await readIndex(folder);
  if (index !== undefined) return sheetSource(folder, index);
  for (const place of [folder, join(folder, 'cifar-10-batches-bin')]) {
    const names = await listFolder(place);
    if (names?.some((name) => /^(data_batch_\d|test_batch)\.bin$/.test(name))) return binarySource(place);
  }
  throw new OnebitError(
    'ERR_DATA',
    `cifar10:${folder}: must hold index.json or data_batch_1.bin … test_batch.bin, found neither. The binary version of CIFAR-10 is the one to unpack there.`,
  );
}

async function binarySource(folder: string): Promise<ClassificationSource> {
  const meta = join(folder, 'batches.meta.txt');
  const classes = (await listFolder(folder))?.includes('batches.meta.txt') ? await linesOf(meta) : classNames;
  return {
    classes,
    splits: Object.keys(binaryFiles),
    async read(split) {
      const files = binaryFiles[split].map((name) => readRecords(folder, name, classes.length));
      return (await Promise.all(files)).flat();
    },
  };
}

async function readRecords(folder: string, name: string, classes: number): Promise<ClassificationSample[]> {
  const path = join(folder, name);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new OnebitError('ERR_DATA', `${path}: must be there, it cannot be read (${error.code})`, { cause: error });
  });
  if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
    throw new OnebitError(
      'ERR_DATA',
      `${path}: must hold records of ${recordBytes} bytes, found ${bytes.length} bytes: cut short, or not the binary version. Fetch it again.`,
    );
  }
  const pictures = imagesIn(bytes.length / recordBytes, side, side);
  return pictures.map((picture, i) => {
    const record = bytes.subarray(i * recordBytes, (i + 1) * recordBytes);
    const label = record[0];
    if (label >= classes) {
      throw new OnebitError('ERR_DATA', `${path}: record ${i}: the label must be below ${classes}, found ${label}`);
    }
    interleave(record.subarray(1), picture);
    return { id: `${name}#${i}`, label, picture };
  });
}

function interleave(planes: Uint8Array, { data }: RgbImage): void {
  for (let i = 0; i < planeBytes; i++) {
    for (let channel = 0; channel < 3; channel++) data[i * 3 + channel] = planes[channel * planeBytes + i];
  }
}

/** The form `{tile, columns, classes, train: {sheetsPerClass, tilesPerSheet, pattern}, test: {…}}`; `{class}` and `{k}` stand in patterns. */
function sheetSource(folder: string, index: Record<string, unknown>): ClassificationSource {
  const where = `${join(folder, 'index.json')}:`;
  const tile = expected(isCount, index.tile, `${where} tile`, 'a whole number of pixels');
  const columns = expected(isCount, index.columns, `${where} columns`, 'a whole number of tiles');
  const isNames = (value: unknown): value is string[] =>
    Array.isArray(value) && value.length > 1 && value.every(isText);
  const classes = expected(isNames, index.classes, `${where} classes`, 'a list of names');
  const splits = ['train', 'test'].filter((split) => split in index);
  return {
    classes,
    splits,
    read: (split) => cutSheets(sheetsOf(folder, index[split], `${where} ${split}`, classes), { tile, columns }),
  };
}

function sheetsOf(folder: string, part: unknown, where: string, classes: readonly string[]): Sheet[] {
  const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  const given = expected(isObject, part, where, 'an object');
  const pattern = expected(isText, given.pattern, `${where}.pattern`, 'a text with {class}');
  const count = expected(isCount, given.tilesPerSheet, `${where}.tilesPerSheet`, 'a whole number');
  const perClass = expected(isCount, given.sheetsPerClass ?? 1, `${where}.sheetsPerClass`, 'a whole number');
  return classes.flatMap((name, label) =>
    Array.from({ length: perClass }, (_, k) => {
      const file = pattern.replaceAll('{class}', name).replaceAll('{k}', String(k));
      return { path: join(folder, file), name: file, label, count };
    }),
  );
}
