import type { ImageMetrics } from '../bootstrap/image-metric.js';
import type { ImageNote } from '../image-register.js';
import { checkRatio } from './boundary-iou.js';
import { boundaryDistance, boundaryMap } from './boundary-map.js';
import { classSumsOver, weightedClassSums } from './class-sums.js';
import { ImageCounts } from './image-counts.js';
import { type LabelOptions, LabelReader } from './label-maps.js';
import { type LabelArray, type LabelLookup, UNKNOWN_LABEL, VOID_CLASS } from './label-table.js';
import { classesInMean, type MeanConvention, meanOverClasses } from './mean-convention.js';

export interface SemanticBoundaryOptions extends LabelOptions {
  /** Width of the boundary as a share of the image's diagonal; results of different ratios cannot be compared. */
  readonly ratio: number;
}

/** Boundary IoU of one class over the set; NaN where neither side has a boundary of it. */
export interface ClassBoundaryIou {
  readonly name: string;
  readonly boundaryIoU: number;
  readonly intersection: number;
  readonly union: number;
  readonly inMean: boolean;
}

export interface SemanticBoundaryIou {
  readonly convention: MeanConvention;
  readonly ratio: number;
  readonly meanBoundaryIoU: number;
  readonly classesInMean: number;
  readonly perClass: readonly ClassBoundaryIou[];
}

/**
 * Boundary IoU of label maps, filled image by image. There is no settled standard for it; here, per class and image, the boundaries are drawn
 * on the whole class masks of truth and prediction, pixels whose truth is void are taken out of both, intersections and unions are summed
 * over the set and divided per class. Areas of void have a contour like any other.
 */
export class SemanticBoundary {
  readonly classes: readonly string[];
  readonly ratio: number;
  readonly #reader: LabelReader;
  readonly #perImage = new ImageCounts();

  /** @throws OnebitError ERR_USAGE for no classes, a label table that names others, or a ratio that is not positive. */
  constructor(classes: readonly string[], { ratio, ...labels }: SemanticBoundaryOptions) {
    checkRatio(ratio);
    this.classes = [...classes];
    this.ratio = ratio;
    this.#reader = new LabelReader('boundary IoU', classes.length, labels);
  }

  /**
   * Adds one image; its width must be given.
   * @throws OnebitError as {@link ConfusionMatrix.add} does.
   */
  add(truth: LabelArray, prediction: LabelArray, image: ImageNote & { readonly width: number }): void {
    const id = this.#reader.begin(truth, prediction, image);
    const width = this.#reader.images.needWidth(id, image.width);
    const height = truth.length / width;
    const d = boundaryDistance(height, width, this.ratio);
    const truthClasses = classesOf(truth, this.#reader.truth);
    const predictedClasses = classesOf(prediction, this.#reader.prediction);
    const truthBoundary = boundaryMap(truthClasses, height, width, d);
    const predictedBoundary = boundaryMap(predictedClasses, height, width, d);
    const values = new Float64Array(3 * this.classes.length);
    const sums = classSumsOver(values);
    for (let i = 0; i < truth.length; i++) {
      const t = truthClasses[i];
      if (t === VOID_CLASS) continue;
      const p = predictedClasses[i];
      if (t === UNKNOWN_LABEL || p === UNKNOWN_LABEL) throw this.#reader.unknownLabel(truth, prediction, id, width);
      sums.truth[t] += truthBoundary[i];
      if (p !== VOID_CLASS) sums.predicted[p] += predictedBoundary[i];
      if (p === t) sums.intersection[t] += truthBoundary[i] & predictedBoundary[i];
    }
    this.#perImage.pushDense(id, values);
    this.#reader.images.accept(id);
  }

  /**
   * The metric over everything added so far.
   * @param weights How often each image counts, [images]; default once.
   */
  result(convention: MeanConvention, weights?: Uint32Array): SemanticBoundaryIou {
    const { truth, predicted, intersection } = weightedClassSums(this.#perImage, this.classes.length, weights);
    const inMean = classesInMean(truth, predicted, convention);
    const perClass = this.classes.map((name, i): ClassBoundaryIou => {
      const union = truth[i] + predicted[i] - intersection[i];
      return { name, boundaryIoU: intersection[i] / union, intersection: intersection[i], union, inMean: inMean[i] };
    });
    const values = perClass.map(({ boundaryIoU }) => boundaryIoU);
    return {
      convention,
      ratio: this.ratio,
      meanBoundaryIoU: meanOverClasses(values, inMean, convention),
      classesInMean: inMean.filter(Boolean).length,
      perClass,
    };
  }

  /** The mean and the value of every class with images counted any number of times, for the bootstrap. */
  imageMetrics(convention: MeanConvention): ImageMetrics {
    const { ids } = this.#perImage;
    const named = `(${convention}, ratio ${this.ratio})`;
    return {
      names: ['mean boundary IoU', ...this.classes.map((name) => `boundary IoU of ${name}`)].map(
        (n) => `${n} ${named}`,
      ),
      images: ids.length,
      imageIds: ids,
      values: (weights) => {
        const { meanBoundaryIoU, perClass } = this.result(convention, weights);
        return [meanBoundaryIoU, ...perClass.map(({ boundaryIoU }) => boundaryIoU)];
      },
    };
  }
}

/** Class of each pixel, [pixels]; a label is looked up once in a run of equal ones. */
function classesOf(labels: LabelArray, lookup: LabelLookup): Int32Array {
  const classes = new Int32Array(labels.length);
  let raw = labels[0];
  let ofRun = lookup.classOf(raw);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== raw) {
      raw = labels[i];
      ofRun = lookup.classOf(raw);
    }
    classes[i] = ofRun;
  }
  return classes;
}
