import { type CategoryResult, COCOeval, type Params } from 'cocoapi-js';
import { cocoMetrics } from './bootstrap/coco-metric.js';
import type { ImageMetrics } from './bootstrap/image-metric.js';
import { type CocoImageTruths, cocoSets } from './coco-sets.js';
import type { ScoredDetection } from './voc-map.js';

/** Parameters of {@link cocoMap}; those of COCO where absent. */
export interface CocoMapOptions extends Partial<Pick<Params, 'iouThrs' | 'recThrs' | 'maxDets'>> {
  /** Class names; labels are indices into them. */
  readonly classes: readonly string[];
}

/** COCO's twelve numbers; -1 where no object of the kind is there. */
export interface CocoMapResult
  extends Pick<CategoryResult, 'AP' | 'AP50' | 'AP75' | 'APsmall' | 'APmedium' | 'APlarge'> {
  /** Mean recall at each of `maxDets`. */
  readonly AR: readonly [first: number, second: number, third: number];
  readonly ARsmall: number;
  readonly ARmedium: number;
  readonly ARlarge: number;
  /** In the order of the class names; `id` is the label. */
  readonly perClass: readonly CategoryResult[];
  /** The twelve numbers for the bootstrap; images are in the order of the truths. */
  readonly metrics: ImageMetrics;
}

/**
 * COCO's average precision of boxes [x1, y1, x2, y2] in continuous pixels, for callers without COCO files; `COCOeval` computes it. Among equal
 * scores, images come in the order of the truths, then detections in the order of the list.
 * @throws OnebitError (ERR_DATA) for labels outside the class list, unknown or repeated images and values that are not numbers; CocoError for
 * parameters that COCO's numbers are not defined for.
 */
export function cocoMap(
  detections: Iterable<ScoredDetection>,
  truths: Iterable<CocoImageTruths>,
  { classes, ...changes }: CocoMapOptions,
): CocoMapResult {
  const sets = cocoSets(detections, truths, classes);
  const evaluation = new COCOeval(sets.truths, sets.detections, 'bbox');
  Object.assign(evaluation.params, changes);
  evaluation.evaluate();
  evaluation.accumulate();
  const [AP, AP50, AP75, APsmall, APmedium, APlarge, first, second, third, ARsmall, ARmedium, ARlarge] =
    evaluation.stats;
  return {
    ...{ AP, AP50, AP75, APsmall, APmedium, APlarge, AR: [first, second, third], ARsmall, ARmedium, ARlarge },
    perClass: evaluation.perCategory(),
    metrics: { ...cocoMetrics(evaluation), imageIds: sets.imageIds },
  };
}
