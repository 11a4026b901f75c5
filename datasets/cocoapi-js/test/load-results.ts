import { type CocoCategory, type CocoImage, type CocoRle, type EvalSet, mask } from '../src/index.js';

/** Detections of a results file as pycocotools loads them: the first one decides where areas come from. */
export interface Result {
  readonly image_id: number | string;
  readonly category_id: number | string;
  readonly score: number;
  readonly bbox?: readonly number[];
  readonly segmentation?: CocoRle;
}
export interface Truth {
  readonly images: readonly CocoImage[];
  readonly annotations: EvalSet['dataset']['annotations'];
  readonly categories: readonly CocoCategory[];
}

export function loadResults({ images, categories }: Truth, results: readonly Result[]): EvalSet {
  const byBox = results[0]?.bbox !== undefined;
  const annotations = results.map((result, i) => {
    const bbox = byBox ? result.bbox! : mask.toBbox(result.segmentation!);
    const area = byBox ? bbox[2] * bbox[3] : mask.area(result.segmentation!);
    return { ...result, id: i + 1, bbox, area, iscrowd: 0 };
  });
  return { dataset: { images, categories, annotations } };
}
