import type { CocoId } from '../types.js';
import type { Params } from './params.js';
import type { EvalAnnotation } from './table.js';

/**
 * The annotations that pycocotools evaluates when ids stand twice in a file: it collects ids image by image and then looks each one up, so
 * the last annotation of an id takes the place of all others, and counts once for each of them.
 */
export function asLoaded(annotations: readonly EvalAnnotation[], params: Params): readonly EvalAnnotation[] {
  const lastOf = new Map(annotations.map((annotation) => [annotation.id, annotation]));
  if (lastOf.size === annotations.length) return annotations;
  const categories = new Set(params.catIds);
  const ofImage = new Map<CocoId, EvalAnnotation[]>(params.imgIds.map((id) => [id, []]));
  for (const annotation of annotations) {
    if (params.useCats && !categories.has(annotation.category_id)) continue;
    ofImage.get(annotation.image_id)?.push(lastOf.get(annotation.id) ?? annotation);
  }
  return [...ofImage.values()].flat();
}
