import type { CocoDataset } from './dataset.js';
import type { ProblemLog } from './problems.js';
import type { CocoAnnotation, CocoId, CocoImage } from './types.js';

/** Logs ids that stand twice, and ids that lead nowhere. */
export function checkLinks(dataset: CocoDataset, log: ProblemLog): void {
  const images = logDuplicates(dataset.images, 'images', 'duplicate-image-id', log);
  const categories = logDuplicates(dataset.categories, 'categories', 'duplicate-category-id', log);
  logDuplicates(dataset.annotations, 'annotations', 'duplicate-annotation-id', log);
  for (const [i, annotation] of dataset.annotations.entries()) {
    const { image_id, category_id } = annotation;
    const image = images.get(image_id);
    if (!image) log.add('unknown-image', 'annotations', i, '.image_id', image_id);
    else logMaskSize(annotation, image, 'annotations', i, log);
    if (category_id !== undefined && !categories.has(category_id)) {
      log.add('unknown-category', 'annotations', i, '.category_id', category_id);
    }
  }
}

/** Logs run lengths of another size than the image's. */
export function logMaskSize(
  { segmentation }: Pick<CocoAnnotation, 'segmentation'>,
  { width, height }: CocoImage,
  list: string,
  index: number,
  log: ProblemLog,
): void {
  if (segmentation === undefined || !('counts' in segmentation) || width === undefined || height === undefined) return;
  const [rows, columns] = segmentation.size;
  if (rows !== height || columns !== width) log.add('mask-size', list, index, '.segmentation.size', [rows, columns]);
}

function logDuplicates<T extends { readonly id: CocoId }>(
  entries: readonly T[],
  list: string,
  code: 'duplicate-image-id' | 'duplicate-category-id' | 'duplicate-annotation-id',
  log: ProblemLog,
): Map<CocoId, T> {
  const byId = new Map<CocoId, T>();
  for (const [i, entry] of entries.entries()) {
    if (byId.has(entry.id)) log.add(code, list, i, '.id', entry.id);
    byId.set(entry.id, entry);
  }
  return byId;
}
