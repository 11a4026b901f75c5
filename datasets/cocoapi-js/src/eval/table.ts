import type { CocoId, CocoSegmentation } from '../types.js';
import { evalError } from './checks.js';

/** What the evaluation reads of an annotation or a loaded result. */
export interface EvalAnnotation {
  readonly id: CocoId;
  readonly image_id: CocoId;
  readonly category_id: CocoId;
  readonly bbox?: ArrayLike<number>;
  readonly area?: number;
  readonly iscrowd?: number;
  readonly score?: number;
  readonly segmentation?: CocoSegmentation;
}

/** Annotations as columns, one row each, only those of evaluated images and categories. */
export interface Table {
  readonly rows: number;
  /** Position in the list of annotations. */
  readonly source: Int32Array;
  /** Position in `imgIds`. */
  readonly image: Int32Array;
  /** Position in `catIds`; 0 for all when categories are not used. */
  readonly category: Int32Array;
  readonly area: Float64Array;
  /** [rows, 4]: x, y, width, height. */
  readonly box: Float64Array;
  readonly score: Float64Array;
  readonly crowd: Uint8Array;
  /** 1 where a match with this row is remembered: pycocotools stores matches as ids in an array of zeros, and an id 0 is no match. */
  readonly remembered: Uint8Array;
}

/** What must be there: objects need an area, detections a score, and both a box when boxes are compared. */
export interface Needs {
  /** Name of the list in messages. */
  readonly list: 'annotations' | 'detections';
  readonly box: boolean;
}

/**
 * Reads annotations into columns.
 * @param images position by image id. @param categories position by category id. Annotations of others are left out.
 * @throws CocoError for a field that is needed and not there.
 */
export function readTable(
  annotations: readonly EvalAnnotation[],
  images: ReadonlyMap<CocoId, number>,
  categories: ReadonlyMap<CocoId, number>,
  needs: Needs,
): Table {
  const size = annotations.length;
  const source = new Int32Array(size);
  const image = new Int32Array(size);
  const category = new Int32Array(size);
  const area = new Float64Array(size);
  const box = new Float64Array(4 * size);
  const score = new Float64Array(size);
  const crowd = new Uint8Array(size);
  const remembered = new Uint8Array(size);
  let rows = 0;
  for (let i = 0; i < size; i++) {
    const annotation = annotations[i];
    const imageIndex = images.get(annotation.image_id);
    const categoryIndex = categories.get(annotation.category_id);
    if (imageIndex === undefined || categoryIndex === undefined) continue;
    source[rows] = i;
    image[rows] = imageIndex;
    category[rows] = categoryIndex;
    area[rows] = annotation.area ?? missing(needs, i, 'area');
    if (needs.list === 'detections') score[rows] = annotation.score ?? missing(needs, i, 'score');
    crowd[rows] = annotation.iscrowd ? 1 : 0;
    remembered[rows] = annotation.id === 0 ? 0 : 1;
    if (needs.box) {
      const bbox = annotation.bbox ?? missing(needs, i, 'bbox');
      for (let side = 0; side < 4; side++) box[4 * rows + side] = bbox[side];
    }
    rows++;
  }
  return {
    rows,
    source: source.subarray(0, rows),
    image: image.subarray(0, rows),
    category: category.subarray(0, rows),
    area: area.subarray(0, rows),
    box: box.subarray(0, 4 * rows),
    score: score.subarray(0, rows),
    crowd: crowd.subarray(0, rows),
    remembered: remembered.subarray(0, rows),
  };
}

function missing({ list }: Needs, i: number, field: string): never {
  throw evalError(`${list}[${i}].${field}`, 'must be there, found nothing');
}
