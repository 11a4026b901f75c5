import type { Indexes } from './indexes.js';
import type { CocoAnnotation, CocoId } from './types.js';

/** One value or several; none and an empty list mean no condition. */
export type OneOrMany<T> = T | readonly T[];

/** Which annotations `getAnnIds` finds. */
export interface AnnotationQuery {
  readonly imgIds?: OneOrMany<CocoId>;
  readonly catIds?: OneOrMany<CocoId>;
  /** Area in pixels, exclusive at both ends (unlike COCOeval's ranges, as in pycocotools). */
  readonly areaRng?: readonly [low: number, high: number] | readonly [];
  readonly iscrowd?: boolean | 0 | 1;
}

/** Which categories `getCatIds` finds. */
export interface CategoryQuery {
  readonly catNms?: OneOrMany<string>;
  readonly supNms?: OneOrMany<string>;
  readonly catIds?: OneOrMany<CocoId>;
}

/** Which images `getImgIds` finds. */
export interface ImageQuery {
  readonly imgIds?: OneOrMany<CocoId>;
  /** Images with annotations of *all* of these. */
  readonly catIds?: OneOrMany<CocoId>;
}

/** Ids of annotations in the order of the given images, then of the file. */
export function annotationIds(indexes: Indexes, { imgIds, catIds, areaRng = [], iscrowd }: AnnotationQuery): CocoId[] {
  const images = listOf(imgIds);
  const categories = new Set(listOf(catIds));
  const [low, high] = areaRng;
  const fits = ({ category_id, area, iscrowd: crowd = 0 }: CocoAnnotation) =>
    (categories.size === 0 || categories.has(category_id)) &&
    (low === undefined || high === undefined || (area !== undefined && area > low && area < high)) &&
    (iscrowd === undefined || crowd === Number(iscrowd));
  const candidates =
    images.length === 0 ? indexes.dataset.annotations : images.flatMap((id) => indexes.imgToAnns.get(id) ?? []);
  return candidates.filter(fits).map(({ id }) => id);
}

/** Ids of categories in file order. */
export function categoryIds(indexes: Indexes, { catNms, supNms, catIds }: CategoryQuery): CocoId[] {
  const [names, supers, ids] = [listOf(catNms), listOf(supNms), listOf(catIds)].map((list) => new Set<CocoId>(list));
  return indexes.dataset.categories
    .filter(
      ({ id, name, supercategory }) =>
        (names.size === 0 || names.has(name)) &&
        (supers.size === 0 || (supercategory !== undefined && supers.has(supercategory))) &&
        (ids.size === 0 || ids.has(id)),
    )
    .map(({ id }) => id);
}

/** Ids of images, each once: in the given order; else in that of the first category's annotations; else in file order. */
export function imageIds(indexes: Indexes, { imgIds, catIds }: ImageQuery): CocoId[] {
  const images = listOf(imgIds);
  const categories = listOf(catIds).map((id) => new Set(indexes.catToImgs.get(id)));
  const [first] = categories;
  const candidates = images.length > 0 ? new Set(images) : (first ?? indexes.imgs.keys());
  return [...candidates].filter((image) => categories.every((category) => category.has(image)));
}

/** A list of one or many. */
export function listOf<T extends string | number>(values: OneOrMany<T> | undefined): readonly T[] {
  if (values === undefined) return [];
  return typeof values === 'object' ? values : [values];
}
