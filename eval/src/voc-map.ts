import { OnebitError, unknownName } from '@onebit/common';
import { type ApMetric, apMetrics } from './average-precision.js';
import { BoxColumns } from './box-columns.js';
import { pairwiseMean } from './pairwise-sum.js';
import {
  type ClassCurve,
  type ClassMatches,
  type ClassNeighbours,
  curveOf,
  findNeighbours,
  matchClass,
} from './voc-matching.js';
import { type Box, type RuleArithmetic, ruleArithmetic, type VocCoordinates, type VocRule } from './voc-rules.js';

/** One object of the ground truth. `label` is an index into the class names. */
export interface TruthObject {
  readonly box: Box;
  readonly label: number;
  /** Neither counted as an object nor, when found, as a detection. */
  readonly difficult?: boolean;
}

/** The objects of one image; an image without objects must be given too. */
export interface ImageTruths {
  readonly id: string;
  readonly objects: readonly TruthObject[];
}

/** One detection of any image. Equal scores are ranked in the order of the list. */
export interface ScoredDetection {
  readonly image: string;
  readonly box: Box;
  readonly label: number;
  readonly score: number;
}

export interface VocMapOptions {
  /** Class names; labels are indices into them. */
  readonly classes: readonly string[];
  /** The caller names the metric, there is no default: results of the two differ by points. */
  readonly metric: ApMetric;
  /** Default `devkit`. */
  readonly rule?: VocRule;
  /** IoU a detection needs, in (0, 1]; default 0.5. */
  readonly iou?: number;
  /** Default `continuous`. */
  readonly coordinates?: VocCoordinates;
}

/** Result of one class: its average precision and its curve, one point a detection in descending order of score. */
export interface VocClassResult extends ClassCurve {
  readonly name: string;
  /** In [0, 1]; NaN or -1 where the chosen rule says so for a class without objects or detections. */
  readonly ap: number;
}

export interface VocMapResult {
  readonly rule: VocRule;
  readonly metric: ApMetric;
  readonly iou: number;
  /** Mean over the classes that take part; NaN when none does. */
  readonly mAP: number;
  readonly perClass: readonly VocClassResult[];
  /** Names of the classes left out of the mean because no object that counts was there (rule `devkit`). */
  readonly withoutObjects: readonly string[];
}

/**
 * Pascal VOC mean average precision. Per class, detections in descending order of score each take the object of largest IoU in their image;
 * a second detection of an object is a false positive; difficult objects are ignored.
 * @throws OnebitError for labels outside the class list, unknown image ids, and scores or boxes that are not numbers.
 */
export function vocMap(
  detections: Iterable<ScoredDetection>,
  truths: Iterable<ImageTruths>,
  options: VocMapOptions,
): VocMapResult {
  return evaluatorOf(detections, truths, options).result();
}

/** Result of {@link vocMapRange}. */
export interface VocMapRangeResult {
  /** Mean of the mAPs of all thresholds. */
  readonly mAP: number;
  /** One for each threshold, in the order given. */
  readonly results: readonly VocMapResult[];
}

/** 0.5, 0.55, …, 0.95 as detectron2's VOC evaluator has them (whole per cents / 100; COCO's differ in the last bit). */
export const vocIouRange: readonly number[] = Array.from({ length: 10 }, (_, i) => (50 + 5 * i) / 100);

/** {@link vocMap} at several thresholds; overlaps are calculated once. With the default ones, `mAP` is what detectron2 calls AP on VOC. */
export function vocMapRange(
  detections: Iterable<ScoredDetection>,
  truths: Iterable<ImageTruths>,
  { ious = vocIouRange, ...options }: Omit<VocMapOptions, 'iou'> & { readonly ious?: readonly number[] },
): VocMapRangeResult {
  if (ious.length === 0) throw new OnebitError('ERR_USAGE', 'vocMapRange: ious must name a threshold, got none');
  const evaluator = evaluatorOf(detections, truths, options);
  const results = ious.map((iou) => evaluator.result(undefined, iou));
  return { mAP: pairwiseMean(results.map(({ mAP }) => mAP)), results };
}

function evaluatorOf(
  detections: Iterable<ScoredDetection>,
  truths: Iterable<ImageTruths>,
  options: VocMapOptions,
): VocEvaluator {
  const evaluator = new VocEvaluator(options);
  for (const { id, objects } of truths) evaluator.addImage(id, objects);
  for (const detection of detections) evaluator.addDetections(detection.image, [detection]);
  return evaluator;
}

/** {@link vocMap} for data that arrives image by image: add images and their detections as they come, then ask for the result. */
export class VocEvaluator {
  readonly #options: Required<VocMapOptions>;
  readonly #arithmetic: RuleArithmetic;
  readonly #images = new Map<string, number>();
  readonly #truths: BoxColumns[];
  readonly #detections: BoxColumns[];
  #neighbours: ClassNeighbours[] | undefined;
  /** By threshold. */
  readonly #matches = new Map<number, ClassMatches[]>();

  constructor(options: VocMapOptions) {
    this.#options = { rule: 'devkit', iou: 0.5, coordinates: 'continuous', ...options };
    const { metric, rule, iou, coordinates, classes } = this.#options;
    const oneOf = (name: string, known: readonly string[]) => {
      if (!known.includes(name)) throw unknownName('vocMap', name, known);
    };
    oneOf(metric, Object.keys(apMetrics));
    oneOf(rule, ['devkit', 'python', 'ssd']);
    oneOf(coordinates, ['continuous', 'voc-file']);
    checkIou(iou);
    this.#arithmetic = ruleArithmetic(rule, coordinates);
    this.#truths = classes.map(() => new BoxColumns());
    this.#detections = classes.map(() => new BoxColumns());
  }

  /** Adds one image with its objects. Each image is added once. */
  addImage(id: string, objects: readonly TruthObject[]): void {
    if (this.#images.has(id)) throw new OnebitError('ERR_DATA', `vocMap: image ${id} was added twice`);
    const image = this.#images.size;
    this.#images.set(id, image);
    this.#neighbours = undefined;
    for (const { box, label, difficult } of objects) {
      this.#check(id, label, box);
      this.#truths[label].push(image, this.#arithmetic.truth(box), difficult ? 1 : 0);
    }
  }

  /** Adds detections of an image that was added before. */
  addDetections(id: string, detections: readonly Omit<ScoredDetection, 'image'>[]): void {
    const image = this.#images.get(id);
    if (image === undefined) {
      throw new OnebitError('ERR_DATA', `vocMap: detections name image ${id}, which is not among the truths`);
    }
    this.#neighbours = undefined;
    for (const { box, label, score } of detections) {
      this.#check(id, label, box);
      if (Number.isNaN(score))
        throw new OnebitError('ERR_DATA', `vocMap: image ${id}: the score must be a number, got NaN`);
      this.#detections[label].push(image, this.#arithmetic.detection(box), this.#arithmetic.score(score));
    }
  }

  /** Ids of the images added so far, in the order of the weights of {@link result}. */
  get imageIds(): string[] {
    return [...this.#images.keys()];
  }

  /**
   * The metric over everything added so far.
   * @param weights [images] how often each image is taken, for the bootstrap; nothing is matched again. Default once.
   * @param iou another threshold than the options', in (0, 1]; overlaps are not calculated again.
   */
  result(weights?: Uint32Array, iou: number = this.#options.iou): VocMapResult {
    const { classes, metric, rule } = this.#options;
    const perClass = this.#matchesAt(iou).map((matches, label): VocClassResult => {
      const name = classes[label];
      const curve = curveOf(matches, weights);
      const fixed = curve.detections === 0 ? this.#arithmetic.withoutDetections : undefined;
      return { name, ap: fixed ?? apMetrics[metric](curve.recall, curve.precision), ...curve };
    });
    const averaged = this.#arithmetic.averagesEmptyClasses ? perClass : perClass.filter(({ truths }) => truths > 0);
    const withoutObjects = perClass.filter((result) => !averaged.includes(result)).map(({ name }) => name);
    return { rule, metric, iou, mAP: pairwiseMean(averaged.map(({ ap }) => ap)), perClass, withoutObjects };
  }

  #matchesAt(iou: number): ClassMatches[] {
    checkIou(iou);
    const arithmetic = this.#arithmetic;
    if (this.#neighbours === undefined) {
      this.#matches.clear();
      this.#neighbours = this.#detections.map((detections, label) =>
        findNeighbours(detections, this.#truths[label], this.#images.size, arithmetic),
      );
    }
    const known = this.#matches.get(iou);
    if (known) return known;
    const matches = this.#neighbours.map((found, label) => matchClass(found, this.#truths[label], iou, arithmetic));
    this.#matches.set(iou, matches);
    return matches;
  }

  #check(id: string, label: number, box: Box): void {
    const { classes } = this.#options;
    if (!Number.isInteger(label) || label < 0 || label >= classes.length) {
      throw new OnebitError('ERR_DATA', `vocMap: image ${id}: label must be 0 to ${classes.length - 1}, got ${label}`);
    }
    if (box.length !== 4 || !box.every(Number.isFinite)) {
      throw new OnebitError(
        'ERR_DATA',
        `vocMap: image ${id}: box must be four finite numbers, got [${box.join(', ')}]`,
      );
    }
  }
}

function checkIou(iou: number): void {
  if (!(iou > 0 && iou <= 1)) throw new OnebitError('ERR_USAGE', `vocMap: iou must be in (0, 1], got ${iou}`);
}
