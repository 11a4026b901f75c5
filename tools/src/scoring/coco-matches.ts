import { DetectionMatches } from '@onebit/eval';
import { COCOeval, type CocoId, type IouType } from 'cocoapi-js';
import type { CocoPair } from './coco-files.js';

const iouThreshold = 0.5;

/** Detections matched with objects across classes; overlaps are COCO's, crowds are ignored. */
export function cocoMatches({ gt, dt, lenient }: CocoPair, iouType: IouType): DetectionMatches {
  const evaluation = new COCOeval(gt, dt, iouType, { strict: !lenient });
  const { params } = evaluation;
  const labels = new Map(params.catIds.map((id, label) => [id, label]));
  params.useCats = 0;
  params.iouThrs = [iouThreshold];
  params.maxDets = [dt.dataset.annotations.length + 1]; // all: the limit is of an image here, not of an image and class
  evaluation.evaluate();
  const truths = new Map(gt.dataset.annotations.map((annotation) => [annotation.id, annotation]));
  const detections = new Map(dt.dataset.annotations.map((annotation) => [annotation.id, annotation]));
  const matches = new DetectionMatches(labels.size, iouThreshold);
  const labelOf = (entry: { readonly category_id: CocoId } | undefined) => labels.get(entry?.category_id ?? -1) ?? -1;
  for (const image of params.imgIds) {
    const { dtIds, gtIds, iou } = evaluation.computeIoU(image, -1);
    matches.addImage({
      truths: gtIds.map((id) => ({ label: labelOf(truths.get(id)), ignored: truths.get(id)?.iscrowd === 1 })),
      detections: dtIds.map((id) => ({ label: labelOf(detections.get(id)), score: detections.get(id)?.score ?? 0 })),
      overlaps: iou,
    });
  }
  return matches;
}
