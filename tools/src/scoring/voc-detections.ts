import { basename, dirname } from 'node:path';
import { OnebitError, unknownName } from '@onebit/common';
import type { ScoredDetection } from '@onebit/eval';
import { type DetectionResults, readDetectionResults } from 'pascal-voc-parser';
import type { DetectedBoxes } from './boxes.js';
import { listed } from './names.js';

/** Whose detections the files are, and how they name pictures. */
interface Names {
  readonly classes: readonly string[];
  /** Image of the ground truth by the name in the files. */
  readonly images: ReadonlyMap<string, string>;
}

/** The one form a pattern may have: it names the competition and the set. */
const pattern = /^(comp\d+)_det_(\w+)_\*\.txt$/;

/**
 * Reads results files, a folder of them or the pattern `…/comp4_det_test_*.txt`, in the coordinates of the files.
 * @throws VocError for broken lines, OnebitError for classes and images that the ground truth does not have.
 */
export async function readVocDetections(
  option: string,
  path: string,
  { classes, images }: Names,
): Promise<DetectedBoxes> {
  const { detections: byClass } = await readFiles(option, path);
  const detections: ScoredDetection[] = [];
  for (const [name, rows] of byClass) {
    const label = classes.indexOf(name);
    if (label < 0) throw unknownClass(`${option} ${path}`, name, classes);
    for (const { image, score, box } of rows) {
      const id = images.get(image);
      if (id === undefined) {
        throw new OnebitError('ERR_DATA', `${option} ${path}: ${name}: image ${image} is not in the ground truth`);
      }
      detections.push({ image: id, box: [box.xmin, box.ymin, box.xmax, box.ymax], label, score });
    }
  }
  const missing = classes.filter((name) => !byClass.has(name));
  return { detections, notes: missing.length > 0 ? [`no results file, so no detections: ${listed(missing)}`] : [] };
}

/** A class of which the split has no object is known only if somebody names it. */
function unknownClass(where: string, name: string, classes: readonly string[]): OnebitError {
  const { code, message } = unknownName(`${where}: class of a results file`, name, classes);
  return new OnebitError(code, `${message} If the ground truth has no object of it, name all classes with --classes`);
}

async function readFiles(option: string, path: string): Promise<DetectionResults> {
  if (!path.includes('*')) return readDetectionResults(path);
  const [, competition, set] = pattern.exec(basename(path)) ?? [];
  if (set === undefined) {
    throw new OnebitError('ERR_USAGE', `${option} ${path}: a pattern must be like results/comp4_det_test_*.txt`);
  }
  return readDetectionResults(dirname(path), { competition, set });
}
