import type { CocoDataset } from './dataset.js';
import type { CocoAnnotation, CocoCategory, CocoId, CocoImage } from './types.js';

/** Entries of a data set by their ids, each index made when it is first asked for. Of an id that stands twice the last entry counts, as in pycocotools. */
export class Indexes {
  #anns?: Map<CocoId, CocoAnnotation>;
  #imgs?: Map<CocoId, CocoImage>;
  #cats?: Map<CocoId, CocoCategory>;
  #imgToAnns?: Map<CocoId, CocoAnnotation[]>;
  #catToImgs?: Map<CocoId, CocoId[]>;

  constructor(readonly dataset: CocoDataset) {}

  get anns(): Map<CocoId, CocoAnnotation> {
    this.#anns ??= byId(this.dataset.annotations);
    return this.#anns;
  }

  get imgs(): Map<CocoId, CocoImage> {
    this.#imgs ??= byId(this.dataset.images);
    return this.#imgs;
  }

  get cats(): Map<CocoId, CocoCategory> {
    this.#cats ??= byId(this.dataset.categories);
    return this.#cats;
  }

  get imgToAnns(): Map<CocoId, CocoAnnotation[]> {
    this.#imgToAnns ??= groups(
      this.dataset.annotations,
      ({ image_id }) => image_id,
      (annotation) => annotation,
    );
    return this.#imgToAnns;
  }

  get catToImgs(): Map<CocoId, CocoId[]> {
    this.#catToImgs ??= groups(
      this.dataset.annotations,
      ({ category_id }) => category_id,
      ({ image_id }) => image_id,
    );
    return this.#catToImgs;
  }
}

function byId<T extends { readonly id: CocoId }>(entries: readonly T[]): Map<CocoId, T> {
  const map = new Map<CocoId, T>();
  for (const entry of entries) map.set(entry.id, entry);
  return map;
}

function groups<T, V>(entries: readonly T[], keyOf: (entry: T) => CocoId, entryOf: (entry: T) => V): Map<CocoId, V[]> {
  const map = new Map<CocoId, V[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const list = map.get(key);
    if (list) list.push(entryOf(entry));
    else map.set(key, [entryOf(entry)]);
  }
  return map;
}
