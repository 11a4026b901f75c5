import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { OnebitError, unknownName } from '@onebit/common';
import { vocClasses } from 'pascal-voc-parser';
import { type GeneratedPart, generatedParts } from './styles.js';

/** Pictures as [width, height] in pixels. */
export type ImageSize = readonly [number, number];

/**
 * Ranges of an object's longest side, pixels in a picture whose longer side is 320; drawn evenly in the logarithm. `mixed` is in between;
 * `voc` and `coco` have the median box of these sets, near 13 % and 1 % of the picture.
 */
export const sizePresets = { mixed: [24, 220], voc: [56, 300], coco: [14, 90] } as const;
export type SizePreset = keyof typeof sizePresets;

/** What every maker of a set takes. */
export interface SetOptions {
  /** Folder to make; it must not exist, be empty, or hold the same set already. */
  readonly output: string;
  readonly seed?: number;
  /** Threads that draw; 0 draws in this thread. Default: one a core. The set is the same for any number. */
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops the work; what was made so far is removed. */
  readonly signal?: AbortSignal;
}

/** Options of `makeGeneratedSet`. */
export interface GeneratedSetOptions extends SetOptions {
  /** Scenes of each part, e.g. `{ train: 400, 'val-unseen': 100 }`. */
  readonly parts: Readonly<Partial<Record<GeneratedPart, number>>>;
  /** Some of VOC's twenty classes, labelled in the given order. Default: all, in VOC's order. */
  readonly classes?: readonly string[];
  /** A preset, or the least and greatest longest side at 320 pixels. Default `mixed`. */
  readonly sizes?: SizePreset | readonly [number, number];
  /** Least and greatest number of objects, within 1 to 8. Default [1, 8], mean 2.5 as in VOC. */
  readonly objectsPerScene?: readonly [number, number];
  /** [width, height]; default mixes 320 x 240, 240 x 320, 300 x 300 and 500 x 375. */
  readonly imageSize?: ImageSize;
  /** `even`, or `voc`: person 30 %, the others share the rest. Default `even`. */
  readonly classFrequency?: 'even' | 'voc';
  /** Folder of cut-outs `<class>/*.png` with alpha, joined to the part test-unseen. */
  readonly clipart?: string;
}

/** Options of `makeShapesSet`. */
export interface ShapesSetOptions extends SetOptions {
  /** Scenes of each part; any names, e.g. `{ train: 64, val: 16 }`. */
  readonly parts: Readonly<Record<string, number>>;
  /** [width, height]; default 64 x 64. */
  readonly imageSize?: ImageSize;
  /** Least and greatest number of objects, within 1 to 8. Default [1, 3]. */
  readonly objectsPerScene?: readonly [number, number];
}

/** What decides the scenes of a drawn set, complete and checked; plain data, sent to workers and written to generator.json. */
export interface ArtSetup {
  readonly kind: 'art';
  readonly seed: number;
  readonly classes: readonly string[];
  readonly sizes: readonly [number, number];
  readonly objectsPerScene: readonly [number, number];
  readonly imageSize: ImageSize | 'mixed';
  readonly classFrequency: 'even' | 'voc';
  /** Digest of the clip art, if any. */
  readonly clipart?: string;
}

/** What decides the scenes of the shapes set. */
export interface ShapesSetup {
  readonly kind: 'shapes';
  readonly seed: number;
  readonly classes: readonly string[];
  readonly objectsPerScene: readonly [number, number];
  readonly imageSize: ImageSize;
}

export type Setup = ArtSetup | ShapesSetup;
export type Parts = readonly (readonly [part: string, scenes: number])[];

/** Changes with any change of the code that changes scenes, so that an old set is not taken for a new one. */
export const generatorRevision = 1;

/** Same fingerprint: same options, hence (with the same versions of drawings and sharp) the same files. */
export function fingerprint(setup: Setup, parts: Parts): string {
  return createHash('sha256')
    .update(JSON.stringify([generatorRevision, setup, parts]))
    .digest('hex')
    .slice(0, 32);
}

const usage = (what: string) => new OnebitError('ERR_USAGE', `generated set: ${what}`);

export function checkArtOptions(options: GeneratedSetOptions, clipart?: string): { setup: ArtSetup; parts: Parts } {
  const classes = options.classes ?? vocClasses;
  for (const name of classes)
    if (!vocClasses.includes(name)) throw unknownName('generated set: classes', name, vocClasses);
  if (classes.length === 0) throw usage('classes must name at least one class, got none');
  if (new Set(classes).size < classes.length) throw usage(`classes must differ, got ${classes.join(', ')}`);
  for (const name of Object.keys(options.parts)) {
    if (!generatedParts.includes(name as GeneratedPart))
      throw unknownName('generated set: parts', name, generatedParts);
  }
  const sizes = options.sizes ?? 'mixed';
  if (typeof sizes === 'string' && !Object.hasOwn(sizePresets, sizes)) {
    throw unknownName('generated set: sizes', sizes, Object.keys(sizePresets));
  }
  const range = typeof sizes === 'string' ? sizePresets[sizes] : sizes;
  if (!(range[0] >= 4 && range[1] >= range[0] && range[1] <= 640)) {
    throw usage(`sizes must be a preset or [least, greatest] with 4 <= least <= greatest <= 640, got [${range}]`);
  }
  const frequency = options.classFrequency ?? 'even';
  if (frequency !== 'even' && frequency !== 'voc')
    throw unknownName('generated set: classFrequency', frequency, ['even', 'voc']);
  return {
    setup: {
      kind: 'art',
      seed: checkSeed(options.seed),
      classes,
      sizes: range,
      objectsPerScene: checkObjects(options.objectsPerScene ?? [1, 8]),
      imageSize: options.imageSize === undefined ? 'mixed' : checkSize(options.imageSize),
      classFrequency: frequency,
      ...(clipart === undefined ? {} : { clipart }),
    },
    parts: checkParts(options.parts, generatedParts),
  };
}

export function checkShapesOptions(options: ShapesSetOptions): { setup: ShapesSetup; parts: Parts } {
  return {
    setup: {
      kind: 'shapes',
      seed: checkSeed(options.seed),
      classes: ['circle', 'square', 'triangle'],
      objectsPerScene: checkObjects(options.objectsPerScene ?? [1, 3]),
      imageSize: checkSize(options.imageSize ?? [64, 64]),
    },
    parts: checkParts(options.parts, Object.keys(options.parts)),
  };
}

export function checkWorkers(workers: number | undefined): number {
  // More threads than this wait for the disk, and each holds a cache of cut-outs.
  const count = workers ?? Math.min(8, availableParallelism());
  if (!Number.isInteger(count) || count < 0) throw usage(`workers must be a whole number of at least 0, got ${count}`);
  return count;
}

function checkSeed(seed = 1): number {
  if (!Number.isSafeInteger(seed)) throw usage(`seed must be a whole number, got ${seed}`);
  return seed;
}

function checkParts(parts: Readonly<Record<string, number | undefined>>, order: readonly string[]): Parts {
  const list: [string, number][] = [];
  for (const name of order) {
    const count = parts[name];
    if (count === undefined || count === 0) continue;
    if (!Number.isInteger(count) || count < 0 || count > 999_999) {
      throw usage(`part ${name}: the number of scenes must be a whole number from 0 to 999999, got ${count}`);
    }
    // The name becomes a file name and the start of every id.
    if (!/^[a-z][a-z0-9-]*$/.test(name))
      throw usage(`part names must be lower-case letters, digits and -, got ${JSON.stringify(name)}`);
    list.push([name, count]);
  }
  if (list.length === 0) throw usage(`parts must ask for at least one scene, got ${JSON.stringify(parts)}`);
  return list;
}

function checkObjects([least, greatest]: readonly [number, number]): readonly [number, number] {
  if (Number.isInteger(least) && Number.isInteger(greatest) && least >= 1 && greatest >= least && greatest <= 8)
    return [least, greatest];
  throw usage(
    `objectsPerScene must be [least, greatest] with 1 <= least <= greatest <= 8, got [${least}, ${greatest}]`,
  );
}

function checkSize([width, height]: ImageSize): ImageSize {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 32 || side > 2048) {
      throw usage(`imageSize must be [width, height] of whole pixels from 32 to 2048, got [${width}, ${height}]`);
    }
  }
  return [width, height];
}
