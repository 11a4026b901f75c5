/** A box as four numbers x1, y1, x2, y2. What the numbers mean is said by {@link VocCoordinates}. */
export type Box = readonly [number, number, number, number];

/**
 * - `continuous`: 0-based half-open pixels, x2 - x1 is the width; what every part of this toolkit uses.
 * - `voc-file`: 1-based inclusive pixels as in VOC annotation and results files, xmax - xmin + 1 is the width.
 */
export type VocCoordinates = 'continuous' | 'voc-file';

/**
 * Which evaluator's arithmetic is followed:
 * - `devkit`: the VOC devkit. IoU >= threshold. Classes without objects are left out of the mean.
 * - `python`: py-faster-rcnn, detectron2 and BiDet's Faster R-CNN. IoU > threshold; classes without objects count (11-point 0, area NaN or 0).
 * - `ssd`: ssd.pytorch and BiDet's SSD. IoU > threshold; truths are moved by -1 and detections are not, overlap without the +1; a class
 *   without detections has AP -1 and is averaged in. For comparison with published numbers of those repositories only.
 *
 * All three sort stably, since the order NumPy's default sort gives to equal scores cannot be reproduced.
 */
export type VocRule = 'devkit' | 'python' | 'ssd';

export interface RuleArithmetic {
  /** Added to x2 - x1 for the side of a box. */
  readonly sideOffset: 0 | 1;
  /** Whether an IoU equal to the threshold is a match. */
  readonly inclusive: boolean;
  /** NumPy takes a NaN overlap (two empty boxes) as the largest one, Matlab passes over it. */
  readonly nanIsLargest: boolean;
  /** AP and curve of a class without detections, where the evaluator has a value of its own for it. */
  readonly withoutDetections?: number;
  /** Whether classes without objects take part in the mean. */
  readonly averagesEmptyClasses: boolean;
  truth(box: Box): Box;
  detection(box: Box): Box;
  score(score: number): number;
}

const same = <T>(value: T) => value;
const oneBased = ([x1, y1, x2, y2]: Box): Box => [x1 + 1, y1 + 1, x2 + 1, y2 + 1];
const minusOne = ([x1, y1, x2, y2]: Box): Box => [x1 - 1, y1 - 1, x2 - 1, y2 - 1];
const rounded = (value: number, decimals: number) => Number(value.toFixed(decimals));

/** The arithmetic of `rule` for boxes given in `coordinates`. */
export function ruleArithmetic(rule: VocRule, coordinates: VocCoordinates): RuleArithmetic {
  const inFiles = coordinates === 'voc-file';
  if (rule === 'ssd') {
    return {
      sideOffset: 0,
      inclusive: false,
      nanIsLargest: true,
      withoutDetections: -1,
      averagesEmptyClasses: true,
      // Continuous [x1, x2) is x1+1 .. x2 in the file, and the evaluator takes 1 off.
      truth: inFiles ? minusOne : ([x1, y1, x2, y2]) => [x1, y1, x2 - 1, y2 - 1],
      // The released code writes its continuous boxes + 1 with one decimal, scores with three, and reads that back.
      detection: inFiles ? same : (box) => oneBased(box).map((x) => rounded(x, 1)) as unknown as Box,
      score: inFiles ? same : (score) => rounded(score, 3),
    };
  }
  const devkit = rule === 'devkit';
  return {
    // (xmax + 1) - xmin of inclusive pixels is x2 - x1 of half-open ones: the same rule in both coordinates.
    sideOffset: inFiles ? 1 : 0,
    inclusive: devkit,
    nanIsLargest: !devkit,
    averagesEmptyClasses: !devkit,
    truth: same,
    detection: same,
    score: same,
  };
}

/**
 * Intersection over union with the side offset of a rule; NaN for two boxes without area.
 * @param i, j where the four sides of `a` and `b` begin.
 */
export function vocOverlap(a: ArrayLike<number>, b: ArrayLike<number>, sideOffset: number, i = 0, j = 0): number {
  const width = Math.max(Math.min(a[i + 2], b[j + 2]) - Math.max(a[i], b[j]) + sideOffset, 0);
  const height = Math.max(Math.min(a[i + 3], b[j + 3]) - Math.max(a[i + 1], b[j + 1]) + sideOffset, 0);
  const inter = width * height;
  const areaA = (a[i + 2] - a[i] + sideOffset) * (a[i + 3] - a[i + 1] + sideOffset);
  const areaB = (b[j + 2] - b[j] + sideOffset) * (b[j + 3] - b[j + 1] + sideOffset);
  return inter / (areaA + areaB - inter);
}
