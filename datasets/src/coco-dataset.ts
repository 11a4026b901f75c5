import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { OnebitError, unknownName } from '@onebit/common';
import { COCO, type CocoAnnotation, type CocoBox, CocoError, type CocoImage, type CocoProblemCode } from 'cocoapi-js';
import { checkClassMap, type Labeller, labelByMap, labelByName } from './classes.js';
import { listFolder, mapConcurrent } from './files.js';
import { readImageSize } from './image.js';
import type { OpenOptions } from './open-dataset.js';
import { checkBox, ProblemLog, type RawBox } from './problems.js';
import type { DetectionDataset, DetectionObject, DetectionSample } from './types.js';

/** Pictures whose header is read at a time. */
const concurrency = 16;

/** Official boxes are hulls of hand-drawn outlines, scaled and rounded: they may end up to a pixel outside. */
const tolerance = 1;

/** Annotation files of COCO that hold other things than instances. */
const otherTasks = /^(person_keypoints|captions|panoptic|stuff|image_info)_/;

/** A folder in COCO's layout: `annotations/instances_<split>.json` and `<split>/` with pictures. */
export class CocoSource {
  private constructor(
    readonly path: string,
    /** Name of the annotation file, by split. */
    readonly files: ReadonlyMap<string, string>,
  ) {}

  static async open(path: string): Promise<CocoSource> {
    const names = await listFolder(join(path, 'annotations'));
    const files = new Map<string, string>();
    for (const name of (names ?? []).sort()) {
      if (!name.endsWith('.json') || otherTasks.test(name)) continue;
      files.set(name.slice(0, -'.json'.length).replace(/^instances_/, ''), name);
    }
    if (files.size > 0) return new CocoSource(path, files);
    const shown = (await listFolder(path))?.slice(0, 8).join(', ');
    if (shown === undefined)
      throw new OnebitError('ERR_DATA', `coco:${path}: must be a folder, found none. Look at the path.`);
    throw new OnebitError(
      'ERR_DATA',
      `coco:${path}: must hold annotations/instances_<split>.json, found ${shown || 'nothing'}. For VOC's layout use voc:${path}`,
    );
  }

  splits(): string[] {
    return [...this.files.keys()];
  }

  /** `train` stands for `train2017` if that is the only year there. */
  resolve(split: string): string {
    if (this.files.has(split)) return split;
    const years = this.splits().filter((name) => name.startsWith(split) && /^\d{4}$/.test(name.slice(split.length)));
    if (years.length === 1) return years[0];
    throw unknownName(`coco:${this.path}: split`, split, this.splits());
  }

  /** Finds pictures of a split: in `<split>/`, `images/<split>/`, `images/` or the folder itself. */
  async imageFinder(split: string): Promise<(fileName: string) => Promise<string | undefined>> {
    const folders = ['', 'images/', '.'].map((base) => (base === '.' ? this.path : join(this.path, base, split)));
    folders.splice(2, 0, join(this.path, 'images'));
    const listed = await Promise.all(folders.map(async (folder) => new Set(await listFolder(folder))));
    return async (fileName) => {
      const found = listed.findIndex((names) => names.has(fileName));
      if (found >= 0) return join(folders[found], fileName);
      if (!fileName.includes('/')) return undefined;
      for (const folder of folders) {
        const path = join(folder, fileName);
        if (
          await access(path).then(
            () => true,
            () => false,
          )
        )
          return path;
      }
      return undefined;
    };
  }
}

/** Opens the split of a COCO folder; see `openDataset`. */
export async function openCoco(path: string, options: OpenOptions): Promise<DetectionDataset> {
  const source = await CocoSource.open(path);
  const log = new ProblemLog(options.policy ?? 'error');
  const splits = options.split.split('+').map((split) => source.resolve(split));
  const samples = new Map<string, DetectionSample>();
  let labeller: Labeller | undefined;
  for (const split of splits) {
    const file = `annotations/${source.files.get(split)}`;
    const coco = await readAnnotations(join(path, file), file).catch((error: unknown) => {
      if (error instanceof CocoError)
        throw new OnebitError('ERR_DATA', `coco:${path}: ${error.message}`, { cause: error });
      throw error;
    });
    labeller ??= chooseClasses(coco, options);
    const reader = new SampleReader(coco, labeller, log, await source.imageFinder(split), options.checkImages ?? true);
    reader.reportOrphans();
    for (const sample of await mapConcurrent(coco.dataset.images, concurrency, (image) => reader.read(image))) {
      if (sample) samples.set(sample.id, sample);
    }
  }
  const problems = log.finish(`coco:${path} (${options.split})`);
  return {
    name: basename(path),
    classes: labeller?.classes ?? [],
    split: splits.join('+'),
    samples: [...samples.values()],
    problems,
  };
}

/** Problems that leave it open which picture or class an object belongs to, or where it is. The others touch scores alone, or are reported object by object. */
const fatal: ReadonlySet<CocoProblemCode> = new Set([
  'duplicate-member',
  'duplicate-image-id',
  'duplicate-category-id',
  'invalid-number',
]);

/**
 * Reads an annotation file for training.
 * @param file its name in messages.
 * @throws CocoError for what is no COCO file.
 */
export async function readAnnotations(path: string, file: string): Promise<COCO> {
  const coco = await COCO.read(path, { file, strict: false });
  const problem = coco.problems.find(({ code }) => fatal.has(code));
  if (problem) throw new CocoError(file, problem.place, problem.message, { code: problem.code });
  return coco;
}

function chooseClasses(coco: COCO, { classes, classMap }: OpenOptions): Labeller {
  const categories = coco.dataset.categories.map(({ name }) => name);
  if (classMap === undefined) return labelByName(classes ?? categories);
  checkClassMap(coco.file, classMap, categories);
  return labelByMap(classMap);
}

/** An image entry with what training needs. */
type PictureEntry = Required<Pick<CocoImage, 'id' | 'file_name' | 'width' | 'height'>>;

function withPicture({ id, file_name, width, height }: CocoImage, where: string): PictureEntry {
  if (file_name !== undefined && width !== undefined && height !== undefined) return { id, file_name, width, height };
  throw new CocoError('', where, 'must have file_name, width and height');
}

class SampleReader {
  constructor(
    readonly coco: COCO,
    readonly labeller: Labeller,
    readonly log: ProblemLog,
    readonly findImage: (fileName: string) => Promise<string | undefined>,
    readonly checkImages: boolean,
  ) {}

  reportOrphans(): void {
    for (const { id, image_id } of this.coco.orphans) {
      const found = `image_id ${JSON.stringify(image_id)} is the id of no image`;
      this.log.add('unknown-image', `${this.coco.file}: annotation ${id}`, found, 'object dropped');
    }
  }

  /** Undefined when the picture is dropped. */
  async read(entry: CocoImage): Promise<DetectionSample | undefined> {
    const where = `${this.coco.file}: image ${entry.id}`;
    const image = withPicture(entry, where);
    const imagePath = await this.findImage(image.file_name);
    if (!imagePath) {
      this.log.add('missing-image', where, `no picture ${image.file_name}`, 'picture dropped');
      return undefined;
    }
    const size = await this.#size(image, imagePath, where);
    if (!size) return undefined;
    const objects = this.coco.annotationsOf(image.id).map((annotation) => this.#object(annotation, image, size));
    return { id: String(image.id), imagePath, ...size, objects: objects.filter((object) => object !== undefined) };
  }

  async #size(image: PictureEntry, imagePath: string, where: string) {
    const { width, height } = image;
    if (!this.checkImages) return { width, height };
    let size: { width: number; height: number };
    try {
      size = await readImageSize(imagePath);
    } catch (error) {
      if (!(error instanceof OnebitError)) throw error;
      this.log.add('unreadable-image', where, error.message, 'picture dropped');
      return undefined;
    }
    if (size.width === width && size.height === height) return size;
    const found = `size ${width} x ${height}, but ${image.file_name} has ${size.width} x ${size.height}`;
    const isCorrected = this.log.policy === 'clip';
    this.log.add('size-mismatch', where, found, isCorrected ? 'size corrected' : 'picture dropped');
    return isCorrected ? size : undefined;
  }

  #object(
    annotation: CocoAnnotation,
    image: PictureEntry,
    size: { width: number; height: number },
  ): DetectionObject | undefined {
    const where = `${this.coco.file}: annotation ${annotation.id} (${image.file_name})`;
    const category = this.coco.dataset.categories[this.coco.categoryIndex.get(annotation.category_id) ?? -1];
    const label = category && this.labeller.labelOf(category.name);
    if (label === 'ignored') return undefined;
    if (label === undefined) {
      const known = category
        ? `name ${JSON.stringify(category.name)} is none of ${this.labeller.classes.join(', ')}`
        : 'no such category';
      this.log.add('unknown-class', where, `category_id ${annotation.category_id}: ${known}`, 'object dropped');
      return undefined;
    }
    const { bbox } = annotation;
    if (!bbox) throw new CocoError('', where, 'must have a bbox of four numbers, found nothing');
    const box = checkBox(fromCoco(bbox, size), size, where, this.log, { tolerance, zeroIsKnown: true });
    const crowd = annotation.iscrowd === 1;
    if (!box) return undefined;
    return { box, label, difficult: crowd, crowd, ...(annotation.area === undefined ? {} : { area: annotation.area }) };
  }
}

function fromCoco([x, y, w, h]: CocoBox, size: { width: number; height: number }): RawBox {
  return {
    box: [x, y, x + w, y + h],
    describe: (side) => {
      const [name, start, length, limit] = side % 2 === 0 ? ['width', x, w, size.width] : ['height', y, h, size.height];
      const axis = side % 2 === 0 ? 'x' : 'y';
      if (length < 0) return `bbox ${name} ${length} < 0`;
      if (side < 2 && start < 0) return `bbox ${axis} ${start} < 0`;
      return `bbox ${axis} + ${name} ${start + length} > ${name} ${limit} of the picture`;
    },
  };
}
