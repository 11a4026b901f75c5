import { type CocoDataset, DatasetReader } from './dataset.js';
import { CocoError } from './errors.js';
import { Indexes } from './indexes.js';
import { type ByteStream, chunksOf, openFile, slicesOf } from './json/chunks.js';
import { DocumentScanner, type DocumentVisitor } from './json/scan.js';
import { checkLinks } from './links.js';
import { decode } from './mask/mask.js';
import { type Rle, rleOf, runsOf } from './mask/rle.js';
import { type CocoProblem, ProblemLog, show } from './problems.js';
import {
  type AnnotationQuery,
  annotationIds,
  type CategoryQuery,
  categoryIds,
  type ImageQuery,
  imageIds,
  listOf,
  type OneOrMany,
} from './queries.js';
import { ResultReader } from './results.js';
import type { CocoAnnotation, CocoCategory, CocoId, CocoImage, CocoResult, CocoSegmentation } from './types.js';

/** How a file is loaded. */
export interface CocoOptions {
  /** Name of the file in messages; the path, where there is one. */
  readonly file?: string;
  /**
   * `true` (default): data to which pycocotools answers with a silently wrong number throw a CocoError. `false` gives pycocotools' number and lists what was
   * found in `problems`; NaN and Infinity, which Python's json module writes, are read too. Fields of wrong types are errors either way.
   */
  readonly strict?: boolean;
  /** Number the annotations 1, 2, 3, … in file order: mends ids that are 0 or there twice. */
  readonly renumber?: boolean;
}

/** Images, annotations and categories of a COCO file with pycocotools' queries over them. Entries are kept as they are given. */
export class COCO {
  /** Name of the file in messages. */
  readonly file: string;
  /** Whether silently wrong numbers are errors. */
  readonly strict: boolean;
  /** What was let pass under `strict: false`, one entry per kind. */
  readonly problems: readonly CocoProblem[];
  readonly #indexes: Indexes;
  #categoryIndex?: ReadonlyMap<CocoId, number>;

  private constructor(
    /** The lists in file order. */
    readonly dataset: CocoDataset,
    log: ProblemLog,
    strict: boolean,
  ) {
    this.file = log.file;
    this.strict = strict;
    this.problems = log.finish(strict);
    this.#indexes = new Indexes(dataset);
  }

  /**
   * Checks an object that was made or parsed elsewhere; it is not changed.
   * @throws CocoError for what is no COCO data; see `CocoOptions.strict`.
   */
  static from(data: unknown, options: CocoOptions = {}): COCO {
    const reading = new Reading(options, 'coco');
    visit(data, reading.reader, reading.log.file);
    return COCO.#of(reading);
  }

  /** Reads a file's bytes. @throws CocoError, for broken JSON with line and column. */
  static parse(bytes: Uint8Array, options: CocoOptions = {}): COCO {
    const reading = new Reading(options, 'coco');
    const scanner = new DocumentScanner(reading.reader, { file: reading.log.file, pythonNumbers: !reading.strict });
    for (const piece of slicesOf(bytes)) scanner.push(piece);
    scanner.finish();
    return COCO.#of(reading);
  }

  /** Reads a file of any size, piece by piece (Node, Bun, Deno). @throws as `readStream`; the file system's own error when it cannot be read. */
  static async read(path: string, options: CocoOptions = {}): Promise<COCO> {
    return COCO.readStream(await openFile(path), { file: path, ...options });
  }

  /** Reads a stream of bytes, for example the `body` of a `fetch`. @throws CocoError, for broken JSON with line and column. */
  static async readStream(chunks: ByteStream, options: CocoOptions = {}): Promise<COCO> {
    const reading = new Reading(options, 'coco');
    await scanStream(chunks, reading.reader, { file: reading.log.file, pythonNumbers: !reading.strict });
    return COCO.#of(reading);
  }

  static #of({ reader, log, strict, renumber }: Reading): COCO {
    const dataset = reader.finish();
    if (renumber)
      for (const [i, entry] of dataset.annotations.entries()) dataset.annotations[i] = { ...entry, id: i + 1 };
    checkLinks(dataset, log);
    return new COCO(dataset, log, strict);
  }

  /** Annotation by id. */
  get anns(): Map<CocoId, CocoAnnotation> {
    return this.#indexes.anns;
  }

  /** Image by id. */
  get imgs(): Map<CocoId, CocoImage> {
    return this.#indexes.imgs;
  }

  /** Category by id. */
  get cats(): Map<CocoId, CocoCategory> {
    return this.#indexes.cats;
  }

  /** Annotations of an image in file order, by image id; images without annotations are not in it. */
  get imgToAnns(): Map<CocoId, CocoAnnotation[]> {
    return this.#indexes.imgToAnns;
  }

  /** Image ids by category id, one for each annotation. */
  get catToImgs(): Map<CocoId, CocoId[]> {
    return this.#indexes.catToImgs;
  }

  /** Position in `dataset.categories` (0, 1, 2, … without the gaps of the ids), by category id. */
  get categoryIndex(): ReadonlyMap<CocoId, number> {
    this.#categoryIndex ??= new Map(this.dataset.categories.map(({ id }, i) => [id, i]));
    return this.#categoryIndex;
  }

  /** Annotations whose `image_id` no image has (perhaps a text where images have numbers): only under `strict: false`. */
  get orphans(): readonly CocoAnnotation[] {
    return this.dataset.annotations.filter(({ image_id }) => !this.imgs.has(image_id));
  }

  /** Annotations of an image in file order; empty when it has none. */
  annotationsOf(imageId: CocoId): readonly CocoAnnotation[] {
    return this.imgToAnns.get(imageId) ?? [];
  }

  /** Ids of the annotations that meet all conditions, in the order of `imgIds`, then of the file. */
  getAnnIds(query: AnnotationQuery = {}): CocoId[] {
    return annotationIds(this.#indexes, query);
  }

  /** Ids of the categories that meet all conditions, in file order. */
  getCatIds(query: CategoryQuery = {}): CocoId[] {
    return categoryIds(this.#indexes, query);
  }

  /** Ids of the images that have annotations of all given categories. */
  getImgIds(query: ImageQuery = {}): CocoId[] {
    return imageIds(this.#indexes, query);
  }

  /** Annotations of these ids. @throws CocoError for an id that is none. */
  loadAnns(ids: OneOrMany<CocoId>): CocoAnnotation[] {
    return listOf(ids).map((id) => this.#find(this.anns, id, 'annotations'));
  }

  /** Categories of these ids. @throws CocoError for an id that is none. */
  loadCats(ids: OneOrMany<CocoId>): CocoCategory[] {
    return listOf(ids).map((id) => this.#find(this.cats, id, 'categories'));
  }

  /** Images of these ids. @throws CocoError for an id that is none. */
  loadImgs(ids: OneOrMany<CocoId>): CocoImage[] {
    return listOf(ids).map((id) => this.#find(this.imgs, id, 'images'));
  }

  /**
   * Results of a detector as a data set with the images and categories of this one. The first result decides how all are read: boxes (area: width x height), masks (area and
   * box of the mask), keypoints (area and box around the points) or captions. Ids count from 1. The results are not changed.
   * @throws CocoError for an empty list, an unknown image or a result without what the first one has; see `CocoOptions.strict`.
   */
  loadRes(results: readonly CocoResult[]): COCO {
    const log = new ProblemLog('results');
    const reader = new ResultReader(this, log.file, log);
    visit(results, reader, log.file);
    return new COCO(reader.finish(), log, this.strict);
  }

  /** `loadRes` of a file of any size, piece by piece. */
  async readRes(path: string): Promise<COCO> {
    const log = new ProblemLog(path);
    const reader = new ResultReader(this, path, log);
    await scanStream(await openFile(path), reader, { file: path, pythonNumbers: !this.strict });
    return new COCO(reader.finish(), log, this.strict);
  }

  /**
   * The mask of an annotation, compressed: the union of its polygons at the image's size, or its runs.
   * @throws CocoError when it has none. Under `strict: false` a result without mask is the rectangle of its box, as in pycocotools.
   */
  annToRLE(ann: CocoAnnotation): Rle {
    const segmentation = ann.segmentation ?? this.#rectangle(ann);
    if ('counts' in segmentation) {
      if (typeof segmentation.counts === 'string') return segmentation as Rle;
      return rleOf(runsOf(segmentation, ...segmentation.size));
    }
    const { width, height } = this.#find(this.imgs, ann.image_id, 'images');
    if (width === undefined || height === undefined) {
      throw new CocoError(
        this.file,
        `image ${show(ann.image_id)}`,
        'must have width and height for a mask of polygons',
      );
    }
    return rleOf(runsOf(segmentation, height, width));
  }

  /** The mask of an annotation: `data` is [height, width], row-major, 0 or 1. */
  annToMask(ann: CocoAnnotation): { readonly height: number; readonly width: number; readonly data: Uint8Array } {
    return decode(this.annToRLE(ann));
  }

  #rectangle({ id, bbox, score }: CocoAnnotation): CocoSegmentation {
    if (this.strict || bbox === undefined || score === undefined) {
      const hint = bbox === undefined ? '' : '; mask.frPyObjects makes a mask of a box';
      throw new CocoError(
        this.file,
        `annotation ${show(id)}.segmentation`,
        `must be polygons or run lengths, found nothing${hint}`,
      );
    }
    const [x, y, w, h] = bbox;
    return [[x, y, x, y + h, x + w, y + h, x + w, y]];
  }

  #find<T>(entries: ReadonlyMap<CocoId, T>, id: CocoId, list: string): T {
    const entry = entries.get(id);
    if (entry !== undefined) return entry;
    throw new CocoError(this.file, list, `must hold the id ${show(id)}, found no such entry`);
  }
}

/** A ground truth that is being read. */
class Reading {
  readonly log: ProblemLog;
  readonly reader: DatasetReader;
  readonly strict: boolean;
  readonly renumber: boolean;

  constructor({ file, strict = true, renumber = false }: CocoOptions, defaultName: string) {
    this.log = new ProblemLog(file ?? defaultName, renumber);
    this.reader = new DatasetReader(this.log);
    this.strict = strict;
    this.renumber = renumber;
  }
}

async function scanStream(
  stream: ByteStream,
  visitor: DocumentVisitor,
  options: { file: string; pythonNumbers: boolean },
): Promise<void> {
  const scanner = new DocumentScanner(visitor, options);
  for await (const piece of chunksOf(stream)) scanner.push(piece);
  scanner.finish();
}

/** Gives a parsed document to a visitor, as the scanner does with bytes. */
function visit(data: unknown, visitor: DocumentVisitor, file: string): void {
  if (typeof data !== 'object' || data === null)
    throw new CocoError(file, '', `must be an object or a list, found ${show(data)}`);
  if (Array.isArray(data)) {
    visitor.elements('', data, true);
    return;
  }
  for (const [member, value] of Object.entries(data)) {
    if (Array.isArray(value)) visitor.elements(member, value, true);
    else visitor.value(member, value);
  }
}
