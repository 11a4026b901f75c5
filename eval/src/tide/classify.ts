import { overlapsOf } from './overlaps.js';
import { groupByImage, Ignore, type TideInput } from './tide-input.js';

/** What a detection turned out to be. `cut` came after the best ones of its image, `ignored` lies on an object that is not to be found. */
export const Outcome = { cut: 0, ignored: 1, correct: 2, Cls: 3, Loc: 4, Both: 5, Dupe: 6, Bkg: 7 } as const;
type OutcomeCode = (typeof Outcome)[keyof typeof Outcome];

export interface Thresholds {
  /** IoU from which a detection finds an object. */
  readonly foreground: number;
  /** IoU up to which a detection has nothing to do with an object. */
  readonly background: number;
  /** Best detections of an image that are looked at, over all classes. */
  readonly maxDetections: number;
}

/** What every detection and every object turned out to be. */
export interface Verdicts {
  /** Detections by descending score; equal scores by image, then as given. */
  readonly order: Int32Array;
  /** [N] {@link Outcome} of each detection. */
  readonly outcome: Uint8Array;
  /** [N] the object a detection found or nearly hit, -1 for none. */
  readonly target: Int32Array;
  /** [N] overlap with that object. */
  readonly overlap: Float64Array;
  /** [G] 1 for objects that were found. */
  readonly found: Uint8Array;
  /** [G] the best detection that a wrong class or place keeps from finding an object not found by another one; -1 for none. */
  readonly nearest: Int32Array;
}

/** Detections against the objects of one image. */
interface Scene {
  readonly input: TideInput;
  readonly thresholds: Thresholds;
  readonly verdicts: Verdicts;
  /** Indices, by descending score. */
  readonly detections: Int32Array;
  readonly objects: Int32Array;
  /** [D, G] */
  readonly overlaps: Float64Array;
}

/** Matches the detections of every image with its objects and names the error of each that found none (Bolya et al. 2020, section 2.2). */
export function classify(input: TideInput, thresholds: Thresholds): Verdicts {
  const { score, image } = input.detections;
  const order = Int32Array.from(score, (_, i) => i);
  order.sort((a, b) => score[b] - score[a] || image[a] - image[b] || a - b);
  const verdicts: Verdicts = {
    order,
    outcome: new Uint8Array(score.length),
    target: new Int32Array(score.length).fill(-1),
    overlap: new Float64Array(score.length),
    found: new Uint8Array(input.objects.label.length),
    nearest: new Int32Array(input.objects.label.length).fill(-1),
  };
  const ranked = groupByImage(image, input.images, order, thresholds.maxDetections);
  const all = Int32Array.from(input.objects.label, (_, i) => i);
  const truths = groupByImage(input.objects.image, input.images, all);
  let buffer = new Float64Array(0);
  for (let i = 0; i < input.images; i++) {
    const detections = ranked.items.subarray(ranked.offsets[i], ranked.offsets[i + 1]);
    const objects = truths.items.subarray(truths.offsets[i], truths.offsets[i + 1]);
    const cells = detections.length * objects.length;
    if (cells > buffer.length) buffer = new Float64Array(2 * cells);
    overlapsOf(input, detections, objects, buffer);
    const scene = { input, thresholds, verdicts, detections, objects, overlaps: buffer };
    for (let row = 0; row < detections.length; row++) findObject(scene, row);
    for (let row = 0; row < detections.length; row++) nameError(scene, row);
  }
  return verdicts;
}

/** The object that a detection overlaps most, -1 for none. */
interface Nearest {
  readonly object: number;
  readonly overlap: number;
}

/** The detection of rank `row` takes the free object of its class with the largest overlap, the first on ties, from the threshold on. */
function findObject(scene: Scene, row: number): void {
  const { label, ignore } = scene.input.objects;
  const { found } = scene.verdicts;
  const own = scene.input.detections.label[scene.detections[row]];
  const free = nearest(scene, row, (j) => label[j] === own && ignore[j] === Ignore.no && found[j] === 0);
  if (free.overlap < scene.thresholds.foreground) return;
  found[free.object] = 1;
  settle(scene, row, Outcome.correct, free);
}

/** Names the error of a detection that found no object. The tests are made in this order, the first that holds decides. */
function nameError(scene: Scene, row: number): void {
  const { label, ignore } = scene.input.objects;
  const { foreground, background } = scene.thresholds;
  const detection = scene.detections[row];
  if (scene.verdicts.outcome[detection] === Outcome.correct) return;
  const own = scene.input.detections.label[detection];
  const region = nearest(scene, row, (j) => label[j] === own && ignore[j] !== Ignore.no);
  const same = nearest(scene, row, (j) => label[j] === own && ignore[j] === Ignore.no);
  const other = nearest(scene, row, (j) => label[j] !== own && ignore[j] === Ignore.no);
  const any = other.overlap > same.overlap ? other : same;
  if (region.overlap >= foreground) settle(scene, row, Outcome.ignored, region);
  else if (same.overlap >= background && same.overlap <= foreground) nearMiss(scene, row, Outcome.Loc, same);
  else if (other.overlap >= foreground) nearMiss(scene, row, Outcome.Cls, other);
  else if (same.overlap >= foreground)
    settle(scene, row, Outcome.Dupe, same); // a better detection took it
  else if (any.overlap <= background) settle(scene, row, Outcome.Bkg, nothing);
  else settle(scene, row, Outcome.Both, any);
}

const nothing: Nearest = { object: -1, overlap: -1 };

/** The first of the eligible objects with the largest overlap. */
function nearest(scene: Scene, row: number, eligible: (object: number) => boolean): Nearest {
  const { objects, overlaps } = scene;
  let { object, overlap } = nothing;
  for (let j = 0; j < objects.length; j++) {
    const here = overlaps[row * objects.length + j];
    if (here > overlap && eligible(objects[j])) {
      object = objects[j];
      overlap = here;
    }
  }
  return { object, overlap };
}

function settle(
  { verdicts, detections }: Scene,
  row: number,
  outcome: OutcomeCode,
  { object, overlap }: Nearest,
): void {
  const detection = detections[row];
  verdicts.outcome[detection] = outcome;
  verdicts.target[detection] = object;
  verdicts.overlap[detection] = Math.max(0, overlap);
}

/** An error that is mended by another class or place: the first, hence best, such detection of an object that is not found would find it. */
function nearMiss(scene: Scene, row: number, outcome: OutcomeCode, near: Nearest): void {
  const { found, nearest } = scene.verdicts;
  settle(scene, row, outcome, near);
  if (found[near.object] === 0 && nearest[near.object] < 0) nearest[near.object] = scene.detections[row];
}
