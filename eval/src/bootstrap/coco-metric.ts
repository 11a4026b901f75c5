import type { COCOeval } from 'cocoapi-js';
import type { ImageMetrics } from './image-metric.js';

const statNames = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl'];

/**
 * COCO's twelve numbers of an evaluation after `evaluate()` and `accumulate()`, for {@link bootstrapIntervals} and
 * {@link bootstrapDifferences}. Nothing is sorted or matched again. Where COCO writes -1, because no object of the kind is there, a number is
 * not defined: NaN. The names are those of the default parameters.
 */
export function cocoMetrics(evaluation: COCOeval): ImageMetrics {
  const { iouType, imgIds } = evaluation.params;
  const defined = (stats: Float64Array) => stats.map((value) => (value === -1 ? Number.NaN : value));
  return {
    names: statNames.map((name) => `${name} (COCO ${iouType})`),
    images: imgIds.length,
    imageIds: imgIds,
    values: (weights) => defined(weights ? evaluation.statsOf(weights) : evaluation.stats),
  };
}
