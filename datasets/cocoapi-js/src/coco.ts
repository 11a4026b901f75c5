import { readFile } from 'node:fs/promises';
import { CocoError } from './errors.js';
import { scanLists } from './scan.js';
import type { CocoAnnotation, CocoCategory, CocoFile, CocoId, CocoImage } from './types.js';
import { EntryReader } from './validate.js';

/** A checked instances file with its entries in file order and indexes over them. */
export class Coco implements CocoFile {
  /** Image, by its id. */
  readonly imageById: ReadonlyMap<CocoId, CocoImage>;
  /** Position in `categories` (0, 1, 2, … in file order, without the gaps of the ids), by category id. */
  readonly categoryIndex: ReadonlyMap<CocoId, number>;
  /** Annotations whose `image_id` no image has (perhaps a text where images have numbers). The official API drops them in silence. */
  readonly orphans: readonly CocoAnnotation[];
  readonly #annotationsOf = new Map<CocoId, CocoAnnotation[]>();

  private constructor(
    readonly images: readonly CocoImage[],
    readonly annotations: readonly CocoAnnotation[],
    readonly categories: readonly CocoCategory[],
    /** Name of the file in messages. */
    readonly file: string,
  ) {
    this.imageById = index(images, (image) => image, 'images', file);
    this.categoryIndex = index(categories, (_, i) => i, 'categories', file);
    this.orphans = annotations.filter((annotation) => !this.imageById.has(annotation.image_id));
    for (const annotation of annotations) {
      const list = this.#annotationsOf.get(annotation.image_id);
      if (list) list.push(annotation);
      else this.#annotationsOf.set(annotation.image_id, [annotation]);
    }
  }

  /**
   * Reads and checks a file, of any size that fits in memory as bytes.
   * @param name the file's name in messages; the path if absent.
   * @throws CocoError with line and column of broken JSON, or the path of a wrong field; the file system's own error when it cannot be read.
   */
  static async read(path: string, name = path): Promise<Coco> {
    return Coco.parse(await readFile(path), name);
  }

  /** As {@link Coco.read}, from the file's bytes. */
  static parse(bytes: Uint8Array, file: string): Coco {
    const lists = new Lists(file);
    scanLists(bytes, file, (member) => lists.open(member));
    return Coco.#from(lists, file);
  }

  /** Checks an object that was made or parsed elsewhere. */
  static from(data: Readonly<Record<keyof CocoFile, unknown>>, file = 'coco'): Coco {
    const lists = new Lists(file);
    for (const [member, list] of Object.entries(data)) {
      const take = lists.open(member);
      if (!take) continue;
      if (!Array.isArray(list)) throw new CocoError(file, member, 'must be a list');
      for (const element of list) take(element);
    }
    return Coco.#from(lists, file);
  }

  static #from(lists: Lists, file: string): Coco {
    const missing = (['images', 'annotations', 'categories'] as const).filter((member) => lists[member] === undefined);
    if (missing.length > 0) {
      throw new CocoError(
        file,
        '',
        `must hold lists images, annotations and categories, found no ${missing.join(', ')}`,
      );
    }
    return new Coco(lists.images ?? [], lists.annotations ?? [], lists.categories ?? [], file);
  }

  /** Annotations of an image in file order; empty when it has none. */
  annotationsOf(imageId: CocoId): readonly CocoAnnotation[] {
    return this.#annotationsOf.get(imageId) ?? [];
  }
}

/** Collects checked entries; a list stays undefined until the file opens it. */
class Lists {
  images?: CocoImage[];
  annotations?: CocoAnnotation[];
  categories?: CocoCategory[];
  readonly #reader: EntryReader;

  constructor(file: string) {
    this.#reader = new EntryReader(file);
  }

  /** What takes the elements of a member's list; undefined for members that are not kept. */
  open(member: string): ((element: unknown) => void) | undefined {
    const reader = this.#reader;
    if (member === 'images') {
      this.images = [];
      return appendTo(this.images, (element, place) => reader.image(element, place), member);
    }
    if (member === 'annotations') {
      this.annotations = [];
      return appendTo(this.annotations, (element, place) => reader.annotation(element, place), member);
    }
    if (member === 'categories') {
      this.categories = [];
      return appendTo(this.categories, (element, place) => reader.category(element, place), member);
    }
    return undefined;
  }
}

function appendTo<T>(list: T[], read: (element: unknown, place: string) => T, member: string) {
  return (element: unknown) => {
    list.push(read(element, `${member}[${list.length}]`));
  };
}

function index<T extends { id: CocoId }, V>(
  entries: readonly T[],
  value: (entry: T, i: number) => V,
  member: string,
  file: string,
) {
  const byId = new Map<CocoId, V>();
  for (const [i, entry] of entries.entries()) {
    if (byId.has(entry.id)) {
      throw new CocoError(
        file,
        `${member}[${i}].id`,
        `must not be there twice, found ${JSON.stringify(entry.id)} again`,
      );
    }
    byId.set(entry.id, value(entry, i));
  }
  return byId;
}
