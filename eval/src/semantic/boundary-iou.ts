import { OnebitError } from '@onebit/common';
import { boundaryDistance, boundaryMap } from './boundary-map.js';

/** Two masks [height, width], row after row; a pixel belongs to a mask unless it is 0. */
export interface MaskPair {
  readonly truth: Uint8Array;
  readonly prediction: Uint8Array;
  readonly height: number;
  readonly width: number;
}

export interface BoundaryIou {
  readonly ratio: number;
  /** Width of the boundaries in pixels. */
  readonly distance: number;
  /** Pixels in both boundaries. */
  readonly intersection: number;
  /** Pixels in either boundary. */
  readonly union: number;
  /** `intersection / union`; NaN for two empty masks. */
  readonly boundaryIoU: number;
  /** IoU of the whole masks; NaN for two empty masks. */
  readonly maskIoU: number;
  /** The smaller of the two, which takes the place of the mask IoU in boundary AP and boundary PQ. */
  readonly iou: number;
}

/**
 * Boundary IoU of two masks: the IoU of the pixels of each mask that lie within d of its contour (Cheng, Girshick, Dollar, Berg, Kirillov,
 * CVPR 2021, arXiv 2103.16562). Where a mask touches the border of the image, the border is its contour.
 * @param ratio d as a share of the image's diagonal: 0.02 for COCO and LVIS, 0.005 for Cityscapes.
 * @throws OnebitError ERR_DATA for masks of another size, ERR_USAGE for a ratio that is not positive.
 */
export function boundaryIou({ truth, prediction, height, width }: MaskPair, ratio: number): BoundaryIou {
  checkRatio(ratio);
  for (const [side, mask] of Object.entries({ truth, prediction })) {
    if (mask.length !== height * width) {
      const expected = `${height} x ${width} = ${height * width} pixels`;
      throw new OnebitError('ERR_DATA', `boundary IoU: the ${side} must have ${expected}, got ${mask.length}`);
    }
  }
  const distance = boundaryDistance(height, width, ratio);
  const [t, p] = [truth, prediction].map((mask) => mask.map((value) => (value === 0 ? 0 : 1)));
  const [tBoundary, pBoundary] = [t, p].map((mask) => boundaryMap(mask, height, width, distance));
  const inMasks = { both: 0, either: 0 };
  const inBoundaries = { both: 0, either: 0 };
  for (let i = 0; i < t.length; i++) {
    inMasks.both += t[i] & p[i];
    inMasks.either += t[i] | p[i];
    inBoundaries.both += t[i] & tBoundary[i] & p[i] & pBoundary[i];
    inBoundaries.either += (t[i] & tBoundary[i]) | (p[i] & pBoundary[i]);
  }
  const { both: intersection, either: union } = inBoundaries;
  const boundaryIoU = intersection / union;
  const maskIoU = inMasks.both / inMasks.either;
  return { ratio, distance, intersection, union, boundaryIoU, maskIoU, iou: Math.min(maskIoU, boundaryIoU) };
}

/** @throws OnebitError ERR_USAGE unless it is positive and finite. */
export function checkRatio(ratio: number): void {
  if (!(ratio > 0 && Number.isFinite(ratio))) {
    throw new OnebitError('ERR_USAGE', `boundary IoU: ratio must be a positive number, got ${ratio}`);
  }
}
