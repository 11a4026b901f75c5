import { Outcome, type Verdicts } from './classify.js';
import type { TideInput } from './tide-input.js';

/** What is mended before AP is taken again. Detections are named by a set of outcomes, bit `1 << outcome` each. */
export interface Repair {
  /** Errors that become right: the best one of each object not found is given the object's class and counts as correct, others are dropped. */
  readonly corrected?: number;
  /** Errors whose detections are dropped. */
  readonly dropped?: number;
  /** Objects that no longer count: those that no detection found or nearly found, or all that were not found. */
  readonly forgiven?: 'missed' | 'not found';
}

/** Per class, after a repair. */
export interface ClassAps {
  /** [K] AP at 101 recalls in [0, 1]; NaN for classes without objects. */
  readonly ap: Float64Array;
  /** [K] detections that count. */
  readonly detections: Int32Array;
}

/** How detections become an AP, in what the tools differ. */
export interface ApRule {
  /** [101] ascending. */
  readonly recalls: Float64Array;
  /** Whether, once something is repaired, the wrong detections of an image come before its correct ones of equal score. */
  readonly wrongFirst: boolean;
  /** Whether classes that have detections but no object take part in the mean, with 0. */
  readonly averagesEmptyClasses: boolean;
}

/** Which tool's AP is followed; see {@link TideOptions.classMean}. */
export type ClassMean = 'coco' | 'tide';

/**
 * The last bits of the recalls decide whether a recall of, say, 7 / 20 reaches the 35th of them. Both these and the order of equal scores are
 * those that give every digit of the authors' tool on COCO's demo set.
 */
export const apRules: Record<ClassMean, ApRule> = {
  coco: { recalls: recalls((i) => (i === 100 ? 1 : i * 0.01)), wrongFirst: false, averagesEmptyClasses: false },
  tide: { recalls: recalls((i) => i / 100), wrongFirst: true, averagesEmptyClasses: true },
};

function recalls(of: (i: number) => number): Float64Array {
  return Float64Array.from({ length: 101 }, (_, i) => of(i));
}

/**
 * AP of every class, counted along descending scores: precision correct / all without epsilon, made falling from the right, read at 101 recalls.
 * @param order the detections by descending score
 */
export function averagePrecisions(
  input: TideInput,
  verdicts: Verdicts,
  { recalls }: ApRule,
  order: Int32Array,
  repair: Repair = {},
): ClassAps {
  const objects = countObjects(input, verdicts, repair);
  const firstPoint = new Int32Array(input.classes + 1); // a class has at most one point an object
  for (let k = 0; k < input.classes; k++) firstPoint[k + 1] = firstPoint[k] + objects[k];
  const precision = new Float64Array(firstPoint[input.classes]);
  const correct = new Int32Array(input.classes);
  const detections = new Int32Array(input.classes);
  for (const detection of order) {
    const label = repairedLabel(input, verdicts, repair, detection);
    if (label < 0) continue;
    detections[label]++;
    if (!isCorrect(verdicts, repair, detection)) continue;
    precision[firstPoint[label] + correct[label]] = (correct[label] + 1) / detections[label];
    correct[label]++;
  }
  const ap = Float64Array.from(objects, (count, k) =>
    count > 0
      ? meanPrecision(precision.subarray(firstPoint[k], firstPoint[k] + correct[k]), count, recalls)
      : Number.NaN,
  );
  return { ap, detections };
}

/** [K] objects that count after the repair. */
function countObjects(input: TideInput, { found, nearest }: Verdicts, { forgiven }: Repair): Int32Array {
  const counts = new Int32Array(input.classes);
  const { label, ignore } = input.objects;
  for (let j = 0; j < label.length; j++) {
    if (ignore[j]) continue;
    const missed = forgiven === 'not found' ? !found[j] : forgiven === 'missed' && !found[j] && nearest[j] < 0;
    if (!missed) counts[label[j]]++;
  }
  return counts;
}

/** Class of a detection after the repair, -1 when it does not count. */
function repairedLabel(input: TideInput, verdicts: Verdicts, repair: Repair, detection: number): number {
  const outcome = verdicts.outcome[detection];
  if (outcome < Outcome.correct) return -1;
  const bit = 1 << outcome;
  if (((repair.dropped ?? 0) & bit) !== 0) return -1;
  if (((repair.corrected ?? 0) & bit) === 0) return input.detections.label[detection];
  const object = verdicts.target[detection];
  return verdicts.nearest[object] === detection ? input.objects.label[object] : -1;
}

function isCorrect({ outcome }: Verdicts, { corrected = 0 }: Repair, detection: number): boolean {
  return outcome[detection] === Outcome.correct || (corrected & (1 << outcome[detection])) !== 0;
}

/**
 * Mean over the recalls of the best precision from there on, 0 beyond the last point.
 * @param precision at each object found, one after the other; overwritten by its envelope
 */
function meanPrecision(precision: Float64Array, objects: number, recalls: Float64Array): number {
  for (let i = precision.length - 2; i >= 0; i--) precision[i] = Math.max(precision[i], precision[i + 1]);
  let sum = 0;
  let point = 0;
  for (const threshold of recalls) {
    while (point < precision.length && (point + 1) / objects < threshold) point++;
    if (point < precision.length) sum += precision[point];
  }
  return sum / recalls.length;
}

/** Mean over the classes, as the rule has it; NaN when none takes part. */
export function meanAp({ ap, detections }: ClassAps, { averagesEmptyClasses }: ApRule): number {
  let [sum, classes] = [0, 0];
  for (let k = 0; k < ap.length; k++) {
    const empty = Number.isNaN(ap[k]);
    if (empty && !(averagesEmptyClasses && detections[k] > 0)) continue;
    if (!empty) sum += ap[k];
    classes++;
  }
  return sum / classes;
}

/** The detections as they are ranked once something is repaired. */
export function repairedOrder(input: TideInput, { order, outcome }: Verdicts, { wrongFirst }: ApRule): Int32Array {
  if (!wrongFirst) return order;
  const { score, image } = input.detections;
  const tied = (a: number, b: number) => score[a] === score[b] && image[a] === image[b];
  const result = order.slice();
  for (let start = 0, end = 0; start < order.length; start = end) {
    for (end = start + 1; end < order.length && tied(order[start], order[end]); end++);
    if (end - start === 1) continue;
    const isWrong = (detection: number) => outcome[detection] > Outcome.correct;
    const group = order.subarray(start, end);
    result.set([...group.filter(isWrong), ...group.filter((detection) => !isWrong(detection))], start);
  }
  return result;
}
