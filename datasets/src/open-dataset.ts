import { resolve } from 'node:path';
import { OnebitError, unknownName } from '@onebit/common';
import { CocoError } from 'cocoapi-js';
import { VocError } from 'pascal-voc-parser';
import type { ClassMap } from './classes.js';
import { CocoSource, openCoco } from './coco-dataset.js';
import { listFolder } from './files.js';
import type { ProblemPolicy } from './problems.js';
import type { DetectionDataset } from './types.js';
import { openVoc, VocSource } from './voc-dataset.js';

/** What to read of a data set, and how. */
export interface OpenOptions {
  /**
   * A split of the set; several are joined by `+`. Every VOC folder has the split `all` besides its lists; where it holds several years, each
   * split has its year in front (`2007/trainval+2012/trainval`). COCO's year may be left out when there is one (`train` for `train2017`).
   */
  readonly split: string;
  /**
   * The class list, when the set's own shall not do. VOC folders: VOC's 20 if the names are (more than half of) those, else `labels.txt`, else
   * all names in the annotations, sorted. COCO: the file's categories in file order.
   */
  readonly classes?: readonly string[];
  /** Renames classes and leaves out those it does not name; `voc20` takes COCO's names, or VOC's own, to VOC's 20. */
  readonly classMap?: ClassMap;
  /** What to do about annotations that cannot be right; `error` if absent. */
  readonly policy?: ProblemPolicy;
  /** Whether every picture's header is compared with the size that its annotation states (default true); about 0.2 ms a picture. */
  readonly checkImages?: boolean;
}

const kinds = ['voc', 'coco', 'generated'] as const;

/**
 * Reads the annotations of one split. `voc:DIR` takes VOC's layout (DIR itself, or `VOCdevkit/VOC<year>` below it), `coco:DIR` COCO's, `generated:DIR`
 * what `makeGeneratedSet` wrote. Boxes become 0-based, half open, continuous pixels inside the picture.
 *
 * Sides up to half a pixel (VOC) or one pixel (COCO) outside are moved to the edge without remark, and COCO's boxes of no width or height are left
 * out and listed in `problems`: official files have these. Everything else that is not right is an error listing file, object and fields, unless
 * `policy` says otherwise; a file that cannot be parsed counts as such.
 *
 * @throws OnebitError ERR_DATA for wrong data and missing folders, ERR_UNKNOWN_NAME (listing the known ones) for a split that is not there.
 */
export async function openDataset(spec: string, options: OpenOptions): Promise<DetectionDataset> {
  return withDataErrors(spec, async (kind, path) => {
    if (kind === 'coco') return openCoco(path, options);
    if (kind === 'generated') await checkGenerated(path);
    return openVoc(path, options);
  });
}

/** The splits that `openDataset` knows for a data set. */
export async function datasetSplits(spec: string): Promise<readonly string[]> {
  return withDataErrors(spec, async (kind, path) => {
    if (kind === 'coco') return (await CocoSource.open(path)).splits();
    if (kind === 'generated') await checkGenerated(path);
    return (await VocSource.open(path)).splits();
  });
}

async function withDataErrors<T>(
  spec: string,
  read: (kind: (typeof kinds)[number], path: string) => Promise<T>,
): Promise<T> {
  const colon = spec.indexOf(':');
  const kind = kinds.find((name) => name === spec.slice(0, colon));
  if (colon < 0) {
    throw new OnebitError(
      'ERR_USAGE',
      `dataset: must be KIND:FOLDER, such as voc:data/VOCdevkit, found ${JSON.stringify(spec)}`,
    );
  }
  if (!kind) throw unknownName('dataset: kind', spec.slice(0, colon), kinds);
  try {
    return await read(kind, resolve(spec.slice(colon + 1)));
  } catch (error) {
    if (!(error instanceof VocError || error instanceof CocoError)) throw error;
    throw new OnebitError('ERR_DATA', `${spec}: ${error.message}`, { cause: error });
  }
}

async function checkGenerated(path: string): Promise<void> {
  const names = await listFolder(path);
  if (names?.includes('generator.json')) return;
  const found = names ? names.slice(0, 8).join(', ') || 'an empty folder' : 'no such folder';
  throw new OnebitError(
    'ERR_DATA',
    `generated:${path}: must hold generator.json, found ${found}. Make one with \`onebit dataset make\`, or name another kind (voc:, coco:).`,
  );
}
