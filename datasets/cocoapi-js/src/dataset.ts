import { entryChecks } from './entries.js';
import { CocoError } from './errors.js';
import type { DocumentVisitor } from './json/scan.js';
import { type ProblemLog, show } from './problems.js';
import type { CocoAnnotation, CocoCategory, CocoImage } from './types.js';

/** The lists of a ground truth or of loaded results. */
export interface CocoDataset {
  readonly images: CocoImage[];
  readonly annotations: CocoAnnotation[];
  readonly categories: CocoCategory[];
  readonly info?: unknown;
  readonly licenses?: unknown;
}

/** Collects the checked entries of a ground truth, as they are given: keys that COCO does not know stay in them. Members that it does not know are not kept. */
export class DatasetReader implements DocumentVisitor {
  readonly #lists = new Map<string, unknown[]>();
  readonly #others = new Map<string, unknown>();
  readonly #seen = new Set<string>();

  constructor(readonly log: ProblemLog) {}

  elements(member: string, values: readonly unknown[], isFirst: boolean): void {
    if (member === '') {
      throw new CocoError(
        this.log.file,
        '',
        'must be an object with images, annotations and categories, found a list, as results have: loadRes or readRes takes these',
      );
    }
    if (isFirst) this.#open(member, []);
    const list = this.#lists.get(member);
    if (!list) return;
    const check = entryChecks.get(member);
    const entry = { file: this.log.file, list: member, index: list.length };
    for (const value of values) {
      check?.(value, entry, this.log);
      list.push(value);
      entry.index++;
    }
  }

  value(member: string, value: unknown): void {
    if (entryChecks.has(member)) throw new CocoError(this.log.file, member, `must be a list, found ${show(value)}`);
    this.#open(member);
    if (kept.has(member)) this.#others.set(member, value);
  }

  finish(): CocoDataset {
    const images = this.#lists.get('images');
    if (!images) throw new CocoError(this.log.file, '', 'must hold a list images, found none');
    const annotations = this.#lists.get('annotations') ?? [];
    const categories = this.#lists.get('categories') ?? [];
    const needsCategories = annotations.some((annotation) => (annotation as CocoAnnotation).category_id !== undefined);
    if (needsCategories && !this.#lists.has('categories')) {
      throw new CocoError(this.log.file, '', 'must hold a list categories, found none');
    }
    const others = ['info', 'licenses'].map((member) => [member, this.#lists.get(member) ?? this.#others.get(member)]);
    return {
      images: images as CocoImage[],
      annotations: annotations as CocoAnnotation[],
      categories: categories as CocoCategory[],
      ...Object.fromEntries(others.filter(([, value]) => value !== undefined)),
    };
  }

  #open(member: string, list?: unknown[]): void {
    if (this.#seen.has(member)) this.log.add('duplicate-member', member, 0, '', 'it again');
    this.#seen.add(member);
    this.#lists.delete(member);
    this.#others.delete(member);
    if (list && (entryChecks.has(member) || kept.has(member))) this.#lists.set(member, list);
  }
}

/** Members beside the lists of entries that are kept. */
const kept = new Set(['info', 'licenses']);
