import type { VocEvaluator } from '../voc-map.js';
import type { ImageMetrics } from './image-metric.js';

/**
 * VOC mAP, and the AP of every class after it, for {@link bootstrapIntervals} and {@link bootstrapDifferences}. Detections are matched once.
 * In a draw the mean is taken as the evaluator's rule takes it, over the classes the draw shows; the AP of a class without objects in the
 * draw is not defined. Nothing may be added to the evaluator afterwards.
 */
export function vocMetrics(evaluator: VocEvaluator): ImageMetrics {
  const { rule, metric, iou, perClass } = evaluator.result();
  const convention = `VOC, rule ${rule}, ${metric}, IoU ${iou}`;
  const { imageIds } = evaluator;
  return {
    names: [`mAP (${convention})`, ...perClass.map(({ name }) => `AP of ${name} (${convention})`)],
    images: imageIds.length,
    imageIds,
    values: (weights) => {
      const { mAP, perClass } = evaluator.result(weights);
      return [mAP, ...perClass.map(({ ap, truths }) => (truths > 0 ? ap : Number.NaN))];
    },
  };
}
