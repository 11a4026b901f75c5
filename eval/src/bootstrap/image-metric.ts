import { OnebitError } from '@onebit/common';

/** An image is known by the id its data set gives it. */
export type ImageId = string | number;

/** The images a metric is taken over, in the order of its weights. */
interface OverImages {
  /** Number of images. */
  readonly images: number;
  /** Their ids; two runs are compared only when both name the same images in the same order. A metric without ids is trusted. */
  readonly imageIds?: readonly ImageId[];
}

/**
 * A metric over a set of images that can be taken again with each image counted any number of times, without matching anything again.
 * The bootstrap needs no more than this.
 */
export interface ImageMetric extends OverImages {
  /** What the number is, with its convention, e.g. `VOC mAP (devkit, area, IoU 0.5)`. */
  readonly name: string;
  /**
   * The metric with image i taken `weights[i]` times, `weights` [images]; without weights the metric itself, equal to all weights 1 to the
   * bit. NaN where it is not defined, e.g. the AP of a class that no image of the draw shows.
   */
  value(weights?: Uint32Array): number;
}

/** Several metrics that come out of one pass, such as the twelve COCO numbers or the AP of every class. See {@link ImageMetric}. */
export interface ImageMetrics extends OverImages {
  /** One name a number. */
  readonly names: readonly string[];
  /** The numbers [names] with image i taken `weights[i]` times. The array may be used again by the next call. */
  values(weights?: Uint32Array): ArrayLike<number>;
}

/** One metric as a list of one. */
export function asMetrics(metric: ImageMetric): ImageMetrics {
  const { name, images, imageIds } = metric;
  return { names: [name], images, imageIds, values: (weights) => [metric.value(weights)] };
}

/**
 * Checks that two runs were scored by the same metrics over the same images.
 * @throws OnebitError (ERR_DATA for the images, ERR_USAGE for the metrics) that names the first difference.
 */
export function checkComparable(a: ImageMetrics, b: ImageMetrics): void {
  const where = 'bootstrapDifference';
  const metric = firstDifference(a.names, b.names);
  if (metric >= 0) {
    const [left, right] = [a, b].map(({ names }) => (metric < names.length ? `"${names[metric]}"` : 'nothing'));
    throw new OnebitError('ERR_USAGE', `${where}: both runs need the same metrics, got ${left} against ${right}`);
  }
  if (a.images !== b.images) {
    throw new OnebitError('ERR_DATA', `${where}: both runs need the same images, got ${a.images} against ${b.images}`);
  }
  if (a.imageIds === undefined || b.imageIds === undefined) return;
  const image = firstDifference(a.imageIds, b.imageIds);
  if (image >= 0) {
    const [left, right] = [a, b].map(({ imageIds }) => JSON.stringify(imageIds?.[image]));
    throw new OnebitError(
      'ERR_DATA',
      `${where}: both runs need the same images in the same order, image ${image + 1} is ${left} against ${right}`,
    );
  }
}

/** Index of the first place where the lists differ, -1 if they are equal. */
function firstDifference(a: readonly ImageId[], b: readonly ImageId[]): number {
  const longer = a.length >= b.length ? a : b;
  return longer.findIndex((_, i) => a[i] !== b[i]);
}
