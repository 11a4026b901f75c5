import { OnebitError } from '@onebit/common';
import { type CategoryResult, COCOeval, type EvalSet, type Params } from 'cocoapi-js';
import { cocoMetrics } from './bootstrap/coco-metric.js';
import type { ImageMetrics } from './bootstrap/image-metric.js';
import type { ImageTruths, ScoredDetection, TruthObject } from './voc-map.js';
import type { Box } from './voc-rules.js';

/** An object with what COCO's rules need besides its box. */
export interface CocoTruthObject extends TruthObject {
  /** A region of many objects: detections in it are not counted. `difficult` has no meaning here. */
  readonly crowd?: boolean;
  /** Square pixels of the outline; it decides small, medium and large. Default: the area of the box. */
  readonly area?: number;
}

/** The objects of one image; an image without objects must be given too. */
export interface CocoImageTruths extends Omit<ImageTruths, 'objects'> {
  readonly objects: readonly CocoTruthObject[];
}

/** Parameters of {@link cocoMap}; those of COCO where absent. */
export interface CocoMapOptions extends Partial<Pick<Params, 'iouThrs' | 'recThrs' | 'maxDets'>> {
  /** Class names; labels are indices into them. */
  readonly classes: readonly string[];
}

/** COCO's twelve numbers; -1 where no object of the kind is there. */
export interface CocoMapResult {
  /** Mean over IoU thresholds, recalls and classes, at 100 detections an image and class. */
  readonly AP: number;
  readonly AP50: number;
  readonly AP75: number;
  readonly APsmall: number;
  readonly APmedium: number;
  readonly APlarge: number;
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
  const sets = new SetBuilder(classes);
  for (const image of truths) sets.addImage(image);
  for (const detection of detections) sets.addDetection(detection);
  const evaluation = new COCOeval(sets.setOf(sets.objects), sets.setOf(sets.detections), 'bbox');
  Object.assign(evaluation.params, changes);
  evaluation.evaluate();
  evaluation.accumulate();
  const [AP, AP50, AP75, APsmall, APmedium, APlarge, first, second, third, ARsmall, ARmedium, ARlarge] =
    evaluation.stats;
  return {
    ...{ AP, AP50, AP75, APsmall, APmedium, APlarge, AR: [first, second, third], ARsmall, ARmedium, ARlarge },
    perClass: evaluation.perCategory(),
    metrics: { ...cocoMetrics(evaluation), imageIds: sets.names },
  };
}

type EvalAnnotation = EvalSet['dataset']['annotations'][number];

/** Makes COCO lists with image ids 0, 1, 2, … in the order of the truths. */
class SetBuilder {
  readonly objects: EvalAnnotation[] = [];
  readonly detections: EvalAnnotation[] = [];
  readonly #images = new Map<string, number>();

  constructor(readonly classes: readonly string[]) {}

  get names(): string[] {
    return [...this.#images.keys()];
  }

  setOf(annotations: readonly EvalAnnotation[]): EvalSet {
    const images = this.names.map((_, id) => ({ id }));
    return { dataset: { images, annotations, categories: this.classes.map((name, id) => ({ id, name })) } };
  }

  addImage({ id, objects }: CocoImageTruths): void {
    if (this.#images.has(id)) throw new OnebitError('ERR_DATA', `cocoMap: image ${id} was added twice`);
    const image = this.#images.size;
    this.#images.set(id, image);
    for (const { box, label, crowd, area } of objects) {
      const annotation = this.#annotation(this.objects.length, id, image, label, box);
      if (area !== undefined && Number.isNaN(area)) {
        throw new OnebitError('ERR_DATA', `cocoMap: image ${id}: the area must be a number, got NaN`);
      }
      this.objects.push({ ...annotation, area: area ?? annotation.area, iscrowd: crowd ? 1 : 0 });
    }
  }

  addDetection({ image: name, box, label, score }: ScoredDetection): void {
    const image = this.#images.get(name);
    if (image === undefined) {
      throw new OnebitError('ERR_DATA', `cocoMap: detections name image ${name}, which is not among the truths`);
    }
    if (Number.isNaN(score)) {
      throw new OnebitError('ERR_DATA', `cocoMap: image ${name}: the score must be a number, got NaN`);
    }
    this.detections.push({ ...this.#annotation(this.detections.length, name, image, label, box), score });
  }

  #annotation(index: number, name: string, image_id: number, label: number, box: Box) {
    if (!Number.isInteger(label) || label < 0 || label >= this.classes.length) {
      throw new OnebitError(
        'ERR_DATA',
        `cocoMap: image ${name}: label must be 0 to ${this.classes.length - 1}, got ${label}`,
      );
    }
    if (box.length !== 4 || !box.every(Number.isFinite)) {
      throw new OnebitError(
        'ERR_DATA',
        `cocoMap: image ${name}: box must be four finite numbers, got [${box.join(', ')}]`,
      );
    }
    const [x1, y1, x2, y2] = box;
    const bbox = [x1, y1, x2 - x1, y2 - y1];
    return { id: index + 1, image_id, category_id: label, bbox, area: bbox[2] * bbox[3] };
  }
}
