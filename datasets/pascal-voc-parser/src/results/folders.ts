import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VocError } from '../errors.js';
import { listFolder } from '../list-folder.js';
import { parseResults, type ResultsDecimals, serializeResults, type VocDetection } from './detections.js';

/**
 * The devkit's names of submissions, below `results/VOC2012`:
 * - detection, `Main/<competition>_det_<set>_<class>.txt`: comp3 trained on VOC alone, comp4 on any data;
 * - segmentation, `Segmentation/<competition>_<set>_cls/<id>.png`: comp5 and comp6 likewise.
 */
export interface Submission {
  readonly competition: string;
  /** The image set that was predicted: `test`, `val`, … */
  readonly set: string;
}

/** Name of the detection results file of a class. */
export function detectionFileName({ competition, set }: Submission, className: string): string {
  return `${competition}_det_${set}_${className}.txt`;
}

/** Name of the folder of predicted masks. */
export function segmentationFolderName({ competition, set }: Submission): string {
  return `${competition}_${set}_cls`;
}

/** What a folder of detection results holds. */
export interface DetectionResults {
  /** By class name, in the order of `classes` if given, else sorted. */
  readonly detections: ReadonlyMap<string, readonly VocDetection[]>;
  /** Classes of `classes` without a file: a detector that found none may have written none. */
  readonly missing: readonly string[];
}

export interface ReadResultsOptions extends Partial<Submission> {
  /** Read these classes only, and say which have no file. Then files that are called after the class alone (`car.txt`) count, too. */
  readonly classes?: readonly string[];
}

/**
 * Reads the detection results files of a folder, or of its `Main`.
 * @throws VocError when there is none, when two are of one class (name the competition or the set), and for broken lines.
 */
export async function readDetectionResults(
  folder: string,
  options: ReadResultsOptions = {},
): Promise<DetectionResults> {
  const { path, names } = await filesOf(folder, 'Main');
  const files = new Map<string, string>();
  for (const name of names) {
    const className = classOf(name, options);
    if (className === undefined) continue;
    const other = files.get(className);
    if (other !== undefined) {
      const complaint = `must be the only results of ${className}, found ${other}, too. Name the competition and the set.`;
      throw new VocError(join(path, name), undefined, undefined, complaint);
    }
    files.set(className, name);
  }
  if (files.size === 0) {
    const complaint = 'must hold results files like comp4_det_test_car.txt, found none';
    throw new VocError(folder, undefined, undefined, complaint);
  }
  const detections = new Map<string, VocDetection[]>();
  const missing: string[] = [];
  for (const className of options.classes ?? [...files.keys()].sort()) {
    const name = files.get(className);
    if (name === undefined) missing.push(className);
    else detections.set(className, parseResults(await readFile(join(path, name), 'utf8'), name));
  }
  return { detections, missing };
}

/** The devkit's image sets; a class name may hold `_`, so that a set's name cannot be any word. */
const detectionFile = /^(?:(comp\d+)_)?det_(?:(train|val|trainval|test)_)?(.+)\.txt$/;

function classOf(file: string, { classes, competition, set }: ReadResultsOptions): string | undefined {
  const plain = file.endsWith('.txt') ? file.slice(0, -4) : undefined;
  if (plain !== undefined && classes?.includes(plain)) return plain;
  const match = detectionFile.exec(file);
  if (!match || (competition ?? match[1]) !== match[1] || (set ?? match[2]) !== match[2]) return undefined;
  return classes === undefined || classes.includes(match[3]) ? match[3] : undefined;
}

/** Writes one results file a class into `folder`, which is made. */
export async function writeDetectionResults(
  folder: string,
  detections: ReadonlyMap<string, Iterable<VocDetection>>,
  { decimals, ...submission }: Submission & { readonly decimals?: ResultsDecimals },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [className, rows] of detections) {
    await writeFile(join(folder, detectionFileName(submission, className)), serializeResults(rows, decimals));
  }
}

/**
 * The predicted masks in a folder `comp6_val_cls`, or in the one of this name below it or its `Segmentation`: paths by image id, sorted.
 * @throws VocError when there is no PNG file.
 */
export async function listSegmentationResults(folder: string, submission?: Submission): Promise<Map<string, string>> {
  const below = submission ? segmentationFolderName(submission) : '.';
  for (const path of [join(folder, below), join(folder, 'Segmentation', below), folder]) {
    const masks = (await listFolder(path)).filter((name) => name.endsWith('.png')).sort();
    if (masks.length > 0) return new Map(masks.map((name) => [name.slice(0, -4), join(path, name)]));
  }
  throw new VocError(
    folder,
    undefined,
    undefined,
    `must hold masks like ${join(below, '2007_000033.png')}, found none`,
  );
}

async function filesOf(folder: string, below: string): Promise<{ path: string; names: string[] }> {
  const names = await listFolder(folder);
  if (!names.includes(below)) return { path: folder, names };
  return { path: join(folder, below), names: await listFolder(join(folder, below)) };
}
