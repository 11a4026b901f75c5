import { basename, join } from 'node:path';
import { OnebitError, unknownName } from '@onebit/common';
import { findVocRoots, type VocAnnotation, VocError, VocFolder, type VocObject } from 'pascal-voc-parser';
import { checkClassMap, gatherClasses, type Labeller, labelByMap, labelByName } from './classes.js';
import { listFolder, mapConcurrent } from './files.js';
import { readImageSize } from './image.js';
import type { OpenOptions } from './open-dataset.js';
import { checkBox, ProblemLog, type RawBox } from './problems.js';
import type { DetectionDataset, DetectionObject, DetectionSample } from './types.js';

/** Files read at a time: enough to hide the disk's latency, few enough for the limit of open files. */
const concurrency = 16;

/** Sides of official boxes may have fractions that end beyond the last pixel by rounding, never by a whole pixel. */
const tolerance = 0.5;

/** Boxes are judged by the policy that the caller chose, not by the parser. */
const asStated = { mode: 'raw' } as const;

/** A split of one VOC folder: the ids to read. */
interface Part {
  readonly folder: VocFolder;
  readonly ids: readonly string[];
}

/** The folders of a VOC data set by year, and their splits. */
export class VocSource {
  private constructor(
    readonly path: string,
    readonly folders: ReadonlyMap<string, VocFolder>,
  ) {}

  static async open(path: string): Promise<VocSource> {
    const roots = await findVocRoots(path);
    if (roots.length === 0) throw await notVoc(path);
    const folders = new Map<string, VocFolder>();
    for (const root of roots) folders.set(String(root.year ?? basename(root.path)), await VocFolder.open(root.path));
    return new VocSource(path, folders);
  }

  /** `train`, `val`, …, and `all` (every annotation); with the year in front (`2007/train`) where there are several. */
  async splits(): Promise<string[]> {
    const names: string[] = [];
    for (const [year, folder] of this.folders) {
      const prefix = this.folders.size > 1 ? `${year}/` : '';
      for (const split of [...(await folder.splits()), 'all']) names.push(prefix + split);
    }
    return names;
  }

  /** @param split one of {@link splits}, or several joined by `+`, as in `2007/trainval+2012/trainval`. */
  async parts(split: string): Promise<Part[]> {
    const known = await this.splits();
    return Promise.all(
      split.split('+').map(async (name) => {
        // The folder may be named although there is only one.
        const [year] = this.folders.keys();
        const plain = this.folders.size === 1 && name.startsWith(`${year}/`) ? name.slice(year.length + 1) : name;
        if (!known.includes(plain)) throw unknownName(`voc:${this.path}: split`, name, known);
        return this.#part(plain);
      }),
    );
  }

  async #part(name: string): Promise<Part> {
    const [year, split] = name.includes('/') ? name.split('/') : [[...this.folders.keys()][0], name];
    const folder = this.folders.get(year);
    if (!folder) throw unknownName(`voc:${this.path}: year`, year, [...this.folders.keys()]);
    const ids = split === 'all' ? folder.ids : (await folder.readList(split)).map(({ id }) => id);
    return { folder, ids };
  }
}

/** Opens the split of a VOC folder; see `openDataset`. */
export async function openVoc(path: string, options: OpenOptions): Promise<DetectionDataset> {
  const source = await VocSource.open(path);
  const name = basename(path);
  const log = new ProblemLog(options.policy ?? 'error');
  const parts = await source.parts(options.split);
  const labeller = await chooseClasses(source, options);
  const samples = new Map<string, DetectionSample>();
  for (const { folder, ids } of parts) {
    const reader = new SampleReader(folder, labeller, log, options.checkImages ?? true);
    for (const sample of await mapConcurrent(ids, concurrency, (id) => reader.read(id))) {
      if (sample) samples.set(sample.id, sample);
    }
  }
  const problems = log.finish(`voc:${path} (${options.split})`);
  return { name, classes: labeller.classes, split: options.split, samples: [...samples.values()], problems };
}

async function chooseClasses(source: VocSource, { classes, classMap }: OpenOptions): Promise<Labeller> {
  if (classMap !== undefined) {
    // VOC's own map names classes that a part of VOC need not have; a map by hand is checked, at the price of reading every annotation once more.
    if (classMap !== 'voc20') {
      const labels = [...source.folders.values()].flatMap((folder) => folder.labels ?? []);
      checkClassMap(`voc:${source.path}`, classMap, [...new Set([...labels, ...(await namesOf(source))])]);
    }
    return labelByMap(classMap);
  }
  if (classes !== undefined) return labelByName(classes);
  const folders = [...source.folders.values()];
  const labels = folders.find((folder) => folder.labels !== undefined)?.labels;
  if (labels) return labelByName(labels);
  const listed = (await Promise.all(folders.map((folder) => folder.listedClasses()))).flat();
  if (listed.length > 0) return labelByName(gatherClasses(listed));
  return labelByName(gatherClasses(await namesOf(source)));
}

/** The names of objects in every annotation, sorted; not from one split's alone, since all splits must agree on the labels. */
async function namesOf({ folders }: VocSource): Promise<string[]> {
  const names = new Set<string>();
  for (const folder of folders.values()) {
    await mapConcurrent(folder.ids, concurrency, async (id) => {
      const annotation = await folder.annotation(id, asStated).catch(ignoreBroken);
      for (const object of annotation?.objects ?? []) names.add(object.name);
    });
  }
  return [...names].sort();
}

/** A broken file is reported when its split is read, not when class names are gathered. */
function ignoreBroken(error: unknown): undefined {
  if (error instanceof VocError) return undefined;
  throw error;
}

class SampleReader {
  constructor(
    readonly folder: VocFolder,
    readonly labeller: Labeller,
    readonly log: ProblemLog,
    readonly checkImages: boolean,
  ) {}

  /** Undefined when the picture is dropped. */
  async read(id: string): Promise<DetectionSample | undefined> {
    const { folder, log } = this;
    const where = `Annotations/${id}.xml`;
    const imagePath = folder.imagePath(id);
    if (!imagePath) {
      log.add(
        'missing-image',
        `JPEGImages/${id}.jpg`,
        'no such picture (nor .jpeg, .png, .bmp, .webp, .tif)',
        'picture dropped',
      );
      return undefined;
    }
    const annotation = await folder.annotation(id, asStated).catch((error: unknown) => {
      if (!(error instanceof VocError)) throw error;
      log.add(
        'broken-annotation',
        error.message.slice(0, -error.complaint.length - 2),
        error.complaint,
        'picture dropped',
      );
      return undefined;
    });
    const size = annotation && (await this.#size(annotation, imagePath, where));
    if (!annotation || !size) return undefined;
    const objects = annotation.objects.map((object, i) => this.#object(object, size, `${where}: object ${i + 1}`));
    const classMaskPath = folder.classMaskPath(id);
    const objectMaskPath = folder.objectMaskPath(id);
    return {
      id,
      imagePath,
      ...size,
      objects: objects.filter((object) => object !== undefined),
      ...(classMaskPath === undefined ? {} : { classMaskPath }),
      ...(objectMaskPath === undefined ? {} : { objectMaskPath }),
    };
  }

  /** The picture's true size; the annotation's word is taken only when pictures are not to be opened. */
  async #size({ size: stated }: VocAnnotation, imagePath: string, where: string) {
    // Some tools write 0 x 0 where they do not know.
    const isStated = stated !== undefined && stated.width > 0 && stated.height > 0;
    if (isStated && !this.checkImages) return { width: stated.width, height: stated.height };
    let size: { width: number; height: number };
    try {
      size = await readImageSize(imagePath);
    } catch (error) {
      if (!(error instanceof OnebitError)) throw error;
      this.log.add('unreadable-image', this.folder.shortName(imagePath), String(error.message), 'picture dropped');
      return undefined;
    }
    if (!isStated || (stated.width === size.width && stated.height === size.height)) return size;
    const found = `size ${stated.width} x ${stated.height}, but the picture has ${size.width} x ${size.height}`;
    const isCorrected = this.log.policy === 'clip';
    this.log.add('size-mismatch', where, found, isCorrected ? 'size corrected' : 'picture dropped');
    return isCorrected ? size : undefined;
  }

  #object(object: VocObject, size: { width: number; height: number }, where: string): DetectionObject | undefined {
    const label = this.labeller.labelOf(object.name);
    if (label === 'ignored') return undefined;
    if (label === undefined) {
      const known = this.labeller.classes.join(', ');
      this.log.add('unknown-class', where, `name ${JSON.stringify(object.name)} is none of ${known}`, 'object dropped');
      return undefined;
    }
    const box = checkBox(fromVoc(object, size), size, where, this.log, { tolerance, zeroIsKnown: false });
    return box && { box, label, difficult: object.difficult, crowd: false };
  }
}

/** 1-based with both ends inside becomes 0-based and half open: the first pixel is [0, 1]. */
function fromVoc({ box: { xmin, ymin, xmax, ymax } }: VocObject, size: { width: number; height: number }): RawBox {
  return {
    // A box of one pixel has xmin = xmax; xmin one more than xmax is inverted, not a box of no width.
    box: [xmin - (xmin > xmax ? 0 : 1), ymin - (ymin > ymax ? 0 : 1), xmax, ymax],
    describe: (side) => {
      if (xmin > xmax) return `xmin ${xmin} > xmax ${xmax}`;
      if (ymin > ymax) return `ymin ${ymin} > ymax ${ymax}`;
      if (side === 0) return xmin < 1 ? `xmin ${xmin} < 1` : `xmin ${xmin} > width ${size.width}`;
      if (side === 1) return ymin < 1 ? `ymin ${ymin} < 1` : `ymin ${ymin} > height ${size.height}`;
      if (side === 2) return xmax < 0 ? `xmax ${xmax} < 1` : `xmax ${xmax} > width ${size.width}`;
      return ymax < 0 ? `ymax ${ymax} < 1` : `ymax ${ymax} > height ${size.height}`;
    },
  };
}

async function notVoc(path: string): Promise<OnebitError> {
  const names = await listFolder(path);
  if (!names) return new OnebitError('ERR_DATA', `voc:${path}: must be a folder, found none. Look at the path.`);
  const hint = (await listFolder(join(path, 'annotations')))?.some((name) => name.endsWith('.json'))
    ? ` This looks like COCO's layout: coco:${path}`
    : ' Expected VOCdevkit/VOC2012/{Annotations,JPEGImages,ImageSets}, or those folders directly.';
  const shown = names.length > 0 ? names.slice(0, 8).join(', ') : 'nothing';
  return new OnebitError(
    'ERR_DATA',
    `voc:${path}: must hold a folder Annotations with XML files, found ${shown}.${hint}`,
  );
}
