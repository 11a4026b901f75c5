import { COCOeval, type CocoId } from 'cocoapi-js';
import type { ImageMetrics } from './image-metric.js';

const statNames = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl'];

/**
 * COCO's twelve numbers of an evaluation after `evaluate()` and `accumulate()`, for {@link bootstrapIntervals} and
 * {@link bootstrapDifferences}. Nothing is sorted or matched again. Where COCO writes -1, because no object of the kind is there, a number is
 * not defined: NaN. The names are those of the default parameters.
 * @param perClass adds the AP of every category, each evaluated by itself with the same parameters when values are first asked for; default false
 */
export function cocoMetrics(
  evaluation: COCOeval,
  { perClass = false }: { readonly perClass?: boolean } = {},
): ImageMetrics {
  const { iouType, imgIds } = evaluation.params;
  const catIds = perClass ? evaluation.params.catIds : [];
  const categories = new Map(evaluation.cocoGt.dataset.categories.map(({ id, name }) => [id, name]));
  let classes: readonly COCOeval[] | undefined;
  const statsOf = (of: COCOeval, weights?: Uint32Array) => (weights ? of.statsOf(weights) : of.stats);
  const defined = (value: number) => (value === -1 ? Number.NaN : value);
  return {
    names: [...statNames, ...catIds.map((id) => `AP of ${categories.get(id) ?? id}`)].map(
      (name) => `${name} (COCO ${iouType})`,
    ),
    images: imgIds.length,
    imageIds: imgIds,
    values: (weights) => {
      classes ??= catIds.map((id) => evaluationOfClass(evaluation, id));
      return [
        ...Array.from(statsOf(evaluation, weights), defined),
        ...classes.map((one) => defined(statsOf(one, weights)[0])),
      ];
    },
  };
}

/** The first of the twelve numbers over a single category is its AP. */
function evaluationOfClass({ cocoGt, cocoDt, params, problems }: COCOeval, id: CocoId): COCOeval {
  const evaluation = new COCOeval(cocoGt, cocoDt, params.iouType, { strict: problems.length === 0 });
  Object.assign(evaluation.params, params, { catIds: [id] });
  evaluation.evaluate();
  evaluation.accumulate();
  return evaluation;
}
