import { OnebitError } from '@onebit/common';
import { pixelPlace } from '../image-register.js';
import { forEachRun } from '../pixel-runs.js';
import { boundaryDistance, boundaryMap } from '../semantic/boundary-map.js';
import { Overlaps } from './overlaps.js';
import { type PanopticMap, SegmentTable, VOID_SEGMENT } from './segments.js';

/** What one image adds to the score. Categories are indices. */
export interface PanopticImageResult {
  /** Matched pairs, in ascending order of (truth id, prediction id). */
  readonly matches: readonly { readonly category: number; readonly iou: number }[];
  /** Category of each prediction that is wrong. */
  readonly falsePositives: readonly number[];
  /** Category of each truth that was missed. */
  readonly falseNegatives: readonly number[];
}

/** How an image is scored. */
export interface PanopticImageOptions {
  /** For messages, e.g. `panoptic quality: image 7`. */
  readonly where: string;
  readonly categoryIndices: ReadonlyMap<number, number>;
  readonly strict: boolean;
  /** Given: the IoU is the smaller of mask IoU and boundary IoU; `width` must be given, too. */
  readonly boundaryRatio?: number;
  readonly width?: number;
}

/** Matches the segments of one image (Kirillov et al., CVPR 2019, section 4.1, with the rules of COCO for void and crowds). */
export function scorePanopticImage(
  truth: PanopticMap,
  prediction: PanopticMap,
  options: PanopticImageOptions,
): PanopticImageResult {
  const truths = new SegmentTable(`${options.where}: the truth`, truth, options.categoryIndices);
  const predictions = new SegmentTable(`${options.where}: the prediction`, prediction, options.categoryIndices);
  const overlaps = countOverlaps(truth.ids, prediction.ids, truths, predictions);
  refuseDifferences('prediction', prediction, predictions, overlaps.predictionAreas, options);
  if (options.strict) refuseDifferences('truth', truth, truths, overlaps.truthAreas, options);

  const truthArea = (t: number) => truths.segments[t - 1].area ?? overlaps.truthAreas[t];
  const boundaries = boundaryOverlaps(truth.ids, prediction.ids, truths, predictions, options);
  const iouOf = (t: number, p: number) => {
    const pixels = overlaps.of(t, p);
    const union = overlaps.predictionAreas[p] + truthArea(t) - pixels - overlaps.of(VOID_SEGMENT, p);
    const iou = pixels / union;
    return boundaries === undefined ? iou : Math.min(iou, overlapRatio(boundaries, t, p));
  };
  return match(truths, predictions, overlaps, iouOf);
}

function match(
  truths: SegmentTable,
  predictions: SegmentTable,
  overlaps: Overlaps,
  iouOf: (t: number, p: number) => number,
): PanopticImageResult {
  const isCrowd = (t: number) => truths.segments[t - 1].iscrowd === 1;
  const pairs = [...overlaps.pairs()]
    .map(({ truth: t, prediction: p }) => ({ t, p, category: truths.categoryOf(t) }))
    .filter(({ t, p, category }) => category !== undefined && category === predictions.categoryOf(p) && !isCrowd(t))
    .map(({ t, p, category }) => ({ t, p, category: category as number, iou: iouOf(t, p) }))
    .filter(({ iou }) => iou > 0.5) // above one half a segment has one partner at most: segments do not overlap
    .sort((a, b) => truths.segments[a.t - 1].id - truths.segments[b.t - 1].id);
  const matchedTruths = new Set(pairs.map(({ t }) => t));
  const matchedPredictions = new Set(pairs.map(({ p }) => p));

  const falseNegatives: number[] = [];
  const crowdOf = new Map<number, number>();
  truths.categories.forEach((category, i) => {
    if (isCrowd(i + 1))
      crowdOf.set(category, i + 1); // of several the last one listed, as in COCO's tool
    else if (!matchedTruths.has(i + 1)) falseNegatives.push(category);
  });
  const falsePositives = predictions.categories.filter((category, i) => {
    if (matchedPredictions.has(i + 1)) return false;
    const crowd = crowdOf.get(category);
    const excused = overlaps.of(VOID_SEGMENT, i + 1) + (crowd === undefined ? 0 : overlaps.of(crowd, i + 1));
    return !(excused / overlaps.predictionAreas[i + 1] > 0.5);
  });
  return { matches: pairs.map(({ category, iou }) => ({ category, iou })), falsePositives, falseNegatives };
}

function countOverlaps(
  truth: Uint32Array,
  prediction: Uint32Array,
  truths: SegmentTable,
  predictions: SegmentTable,
): Overlaps {
  const overlaps = new Overlaps(truths.size, predictions.size);
  forEachRun(truth, prediction, (start, length) => {
    overlaps.add(truths.indexOf(truth[start]), predictions.indexOf(prediction[start]), length);
  });
  return overlaps;
}

/** Overlaps of the boundaries of the segments, without the pixels whose truth is void. */
function boundaryOverlaps(
  truth: Uint32Array,
  prediction: Uint32Array,
  truths: SegmentTable,
  predictions: SegmentTable,
  { boundaryRatio, width }: PanopticImageOptions,
): Overlaps | undefined {
  if (boundaryRatio === undefined || width === undefined) return undefined;
  const height = truth.length / width;
  const d = boundaryDistance(height, width, boundaryRatio);
  const truthOnly = boundaryIds(truth, height, width, d);
  const predictionOnly = boundaryIds(prediction, height, width, d);
  for (let i = 0; i < truth.length; i++) if (truth[i] === 0) predictionOnly[i] = 0;
  return countOverlaps(truthOnly, predictionOnly, truths, predictions);
}

/** The map with void in place of all pixels that are not on the boundary of their segment. */
function boundaryIds(ids: Uint32Array, height: number, width: number, d: number): Uint32Array {
  const boundary = boundaryMap(ids, height, width, d);
  const result = ids.slice();
  for (let i = 0; i < ids.length; i++) if (boundary[i] === 0) result[i] = 0;
  return result;
}

function overlapRatio(overlaps: Overlaps, t: number, p: number): number {
  const pixels = overlaps.of(t, p);
  return pixels / (overlaps.truthAreas[t] + overlaps.predictionAreas[p] - pixels);
}

/** Refuses ids without an entry, entries without a pixel, and areas that are not those of the pixels. */
function refuseDifferences(
  side: 'truth' | 'prediction',
  { ids }: PanopticMap,
  table: SegmentTable,
  areas: Float64Array,
  { where, width }: PanopticImageOptions,
): void {
  const fail = (what: string) => {
    const fix = side === 'truth' ? "; or strict: false for panopticapi's number" : '';
    return new OnebitError('ERR_DATA', `${where}: the ${side}: ${what}${fix}`);
  };
  if (areas[table.unlisted] > 0) {
    const i = ids.findIndex((id) => table.indexOf(id) === table.unlisted);
    throw fail(
      `${pixelPlace(i, width)} has id ${ids[i]}, which segments_info does not list; list it or make the pixel 0`,
    );
  }
  table.segments.forEach(({ id, area }, i) => {
    const pixels = areas[i + 1];
    if (pixels === 0) throw fail(`segments_info lists id ${id}, which no pixel has; remove it`);
    if (side === 'truth' && area !== undefined && area !== pixels) {
      throw fail(`segment ${id} gives its area as ${area}, but ${pixels} pixels have its id; correct the area`);
    }
  });
}
