import { OnebitError } from '@onebit/common';
import type { EvalSet } from 'cocoapi-js';
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

/** Boxes as `COCOeval` takes them. */
export interface CocoSets {
  /** Images have the ids 0, 1, 2, … in the order of the truths, categories those of their labels. */
  readonly truths: EvalSet;
  readonly detections: EvalSet;
  /** The callers' names of the images, by id. */
  readonly imageIds: readonly string[];
}

/**
 * Ground truth and detections in boxes [x1, y1, x2, y2] of continuous pixels as the two sets that `COCOeval` compares.
 * @throws OnebitError (ERR_DATA) for labels outside the class list, unknown or repeated images and values that are not numbers.
 */
export function cocoSets(
  detections: Iterable<ScoredDetection>,
  truths: Iterable<CocoImageTruths>,
  classes: readonly string[],
): CocoSets {
  const sets = new SetBuilder(classes);
  for (const image of truths) sets.addImage(image);
  for (const detection of detections) sets.addDetection(detection);
  return {
    truths: sets.setOf(sets.objects),
    detections: sets.setOf(sets.detections),
    imageIds: sets.imageIds,
  };
}

type EvalAnnotation = EvalSet['dataset']['annotations'][number];

/** Makes COCO lists with image ids 0, 1, 2, … in the order of the truths. */
class SetBuilder {
  readonly objects: EvalAnnotation[] = [];
  readonly detections: EvalAnnotation[] = [];
  readonly #images = new Map<string, number>();

  constructor(readonly classes: readonly string[]) {}

  get imageIds(): string[] {
    return [...this.#images.keys()];
  }

  setOf(annotations: readonly EvalAnnotation[]): EvalSet {
    const images = this.imageIds.map((_, id) => ({ id }));
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
