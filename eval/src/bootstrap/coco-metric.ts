import { COCOeval } from 'cocoapi-js';
import type { ImageMetrics } from './image-metric.js';

const statNames = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl'];

/**
 * COCO's twelve numbers of an evaluation after `evaluate()` and `accumulate()`, for {@link bootstrapIntervals} and
 * {@link bootstrapDifferences}. Nothing is sorted or matched again. Where COCO writes -1, because no object of the kind is there, a number is
 * not defined: NaN. The names are those of the default parameters.
 * @param perClass adds the AP of every category, each evaluated by itself with the same parameters; default false
 */
export function cocoMetrics(
  evaluation: COCOeval,
  { perClass = false }: { readonly perClass?: boolean } = {},
): ImageMetrics {
  const { iouType, imgIds } = evaluation.params;
  const classes = perClass ? evaluationsOfClasses(evaluation) : [];
  const statsOf = (of: COCOeval, weights?: Uint32Array) => (weights ? of.statsOf(weights) : of.stats);
  const defined = (value: number) => (value === -1 ? Number.NaN : value);
  return {
    names: [...statNames, ...classes.map(({ name }) => `AP of ${name}`)].map((name) => `${name} (COCO ${iouType})`),
    images: imgIds.length,
    imageIds: imgIds,
    values: (weights) => [
      ...Array.from(statsOf(evaluation, weights), defined),
      ...classes.map((one) => defined(statsOf(one.evaluation, weights)[0])),
    ],
  };
}

/** The first of the twelve numbers over a single category is its AP. */
function evaluationsOfClasses({
  cocoGt,
  cocoDt,
  params,
  problems,
}: COCOeval): { name: string; evaluation: COCOeval }[] {
  const names = new Map(cocoGt.dataset.categories.map(({ id, name }) => [id, name]));
  return params.catIds.map((id) => {
    const evaluation = new COCOeval(cocoGt, cocoDt, params.iouType, { strict: problems.length === 0 });
    Object.assign(evaluation.params, params, { catIds: [id] });
    evaluation.evaluate();
    evaluation.accumulate();
    return { name: names.get(id) ?? String(id), evaluation };
  });
}
