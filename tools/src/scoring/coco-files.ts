import { COCO, type CocoId, type EvalSet } from 'cocoapi-js';
import { type BoxSet, type DetectedBoxes, fromCoco, type TruthBoxes } from './boxes.js';

/** A ground truth and the detections in it. */
export interface CocoPair {
  readonly gt: EvalSet;
  readonly dt: EvalSet;
  readonly lenient: boolean;
  readonly notes: readonly string[];
}

/** Reads results of a ground truth. @throws CocoError as `COCO.readRes` does. */
export async function readCocoPair(gt: COCO, path: string): Promise<CocoPair> {
  const dt = await gt.readRes(path);
  return { gt, dt, lenient: !gt.strict, notes: [...gt.problems, ...dt.problems].map(({ message }) => message) };
}

/** The objects as boxes; crowds are objects that need not be found. */
export function boxesOfTruth({ dataset: { images, annotations, categories } }: EvalSet): TruthBoxes {
  const labels = new Map(categories.map(({ id }, label) => [id, label]));
  const objects = new Map<CocoId, TruthBoxes['images'][number]['objects'][number][]>(images.map(({ id }) => [id, []]));
  for (const { image_id, category_id, bbox, iscrowd } of annotations) {
    const label = labels.get(category_id);
    if (label === undefined || bbox === undefined) continue;
    const crowd = iscrowd === 1;
    objects.get(image_id)?.push({ box: fromCoco(bbox), label, difficult: crowd, crowd });
  }
  return {
    classes: categories.map(({ name }) => name),
    coordinates: 'continuous',
    images: images.map(({ id }) => ({ id: String(id), objects: objects.get(id) ?? [] })),
    notes: [],
  };
}

/** Truth and detections as boxes. */
export function boxesOfPair({ gt, dt, notes }: CocoPair): BoxSet {
  const labels = new Map(gt.dataset.categories.map(({ id }, label) => [id, label]));
  const detections: DetectedBoxes['detections'] = dt.dataset.annotations.flatMap(
    ({ image_id, category_id, bbox, score = 0 }) => {
      const label = labels.get(category_id);
      if (label === undefined || bbox === undefined) return [];
      return [{ image: String(image_id), box: fromCoco(bbox), label, score }];
    },
  );
  return { truth: boxesOfTruth(gt), found: { detections, notes } };
}

/** COCO results of a VOC ground truth: `image_id` and `category_id` are VOC's ids and class names. */
export async function readNamedResults({ images, classes }: TruthBoxes, path: string): Promise<DetectedBoxes> {
  const gt = COCO.from({
    images: images.map(({ id }) => ({ id })),
    annotations: [],
    categories: classes.map((name) => ({ id: name, name })),
  });
  const { annotations } = (await gt.readRes(path)).dataset;
  const detections = annotations.flatMap(({ image_id, category_id, bbox, score = 0 }) => {
    if (bbox === undefined) return [];
    const [x1, y1, x2, y2] = fromCoco(bbox);
    const box = [x1 + 1, y1 + 1, x2, y2] as const;
    return [{ image: String(image_id), box, label: classes.indexOf(String(category_id)), score }];
  });
  return { detections, notes: [] };
}
