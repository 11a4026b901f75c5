import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OnebitError } from '@onebit/common';
import { readMask, VocError } from 'pascal-voc-parser';
import { decodeImage } from '../image.js';
import type { DetectionDataset, DetectionSample } from '../types.js';
import type { CheckIssue, IssueKind } from './check.js';

const voidLabel = 255;

/** What can be wrong with a sample's boxes and labels once it is opened; the loader guarantees them, data sets made in code may not. */
export function checkObjects(sample: DetectionSample, { classes }: DetectionDataset): CheckIssue[] {
  const { id, width, height, objects } = sample;
  const issues: CheckIssue[] = [];
  const add = (kind: IssueKind, where: string, found: string, severity: CheckIssue['severity'] = 'error') =>
    issues.push({ kind, severity, where: `${id}${where}`, found });
  if (objects.length === 0) add('no-objects', '', 'picture without objects', 'note');
  objects.forEach(({ box, label }, index) => {
    const [x1, y1, x2, y2] = box;
    const where = `: object ${index + 1}`;
    const shown = `box [${box.join(', ')}]`;
    if (!box.every(Number.isFinite)) add('inverted-box', where, `${shown} holds what is no number`);
    else if (x2 < x1 || y2 < y1) add('inverted-box', where, shown);
    else if (x2 === x1 || y2 === y1) add('zero-area', where, shown);
    else if (x1 < 0 || y1 < 0 || x2 > width || y2 > height)
      add('outside-image', where, `${shown} in a picture of ${width} x ${height}`);
    if (!Number.isInteger(label) || label < 0 || label >= classes.length) {
      add('unknown-class', where, `label ${label} of ${classes.length} classes`);
    }
  });
  return issues;
}

/**
 * Decodes a sample's picture and masks.
 * @param classes number of classes whose indices the class mask may hold; undefined when they are not known.
 */
export async function checkSampleFiles(
  sample: DetectionSample,
  classes: number | undefined,
): Promise<{ issues: CheckIssue[]; masks: number }> {
  const issues = await checkImage(sample);
  let masks = 0;
  for (const [path, greatest] of [
    [sample.classMaskPath, classes],
    [sample.objectMaskPath, undefined],
  ] as const) {
    if (path === undefined) continue;
    masks++;
    issues.push(...(await checkMask(path, sample, greatest)));
  }
  return { issues, masks };
}

async function checkImage({ imagePath, width, height }: DetectionSample): Promise<CheckIssue[]> {
  const where = shortName(imagePath);
  try {
    const image = await decodeImage(imagePath);
    if (image.width === width && image.height === height) return [];
    return [
      {
        kind: 'size-mismatch',
        severity: 'error',
        where,
        found: `${image.width} x ${image.height}, stated ${width} x ${height}`,
      },
    ];
  } catch (error) {
    if (!(error instanceof OnebitError)) throw error;
    const kind =
      (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT' ? 'missing-image' : 'undecodable-image';
    return [{ kind, severity: 'error', where, found: error.message }];
  }
}

async function checkMask(
  path: string,
  { width, height }: DetectionSample,
  classes: number | undefined,
): Promise<CheckIssue[]> {
  const where = shortName(path);
  try {
    const mask = readMask(await readFile(path), path);
    const issues: CheckIssue[] = [];
    if (mask.width !== width || mask.height !== height) {
      const found = `${mask.width} x ${mask.height}, but the picture has ${width} x ${height}`;
      issues.push({ kind: 'mask-size-mismatch', severity: 'error', where, found });
    }
    const greatest = classes ?? voidLabel;
    const illegal = [...new Set(mask.labels)]
      .filter((value) => value > greatest && value !== voidLabel)
      .sort((a, b) => a - b);
    if (illegal.length > 0) {
      const found = `values ${illegal.join(', ')}; legal are 0 to ${greatest} and ${voidLabel}`;
      issues.push({ kind: 'illegal-mask-value', severity: 'error', where, found });
    }
    return issues;
  } catch (error) {
    if (!(error instanceof VocError || isSystemError(error))) throw error;
    return [{ kind: 'undecodable-mask', severity: 'error', where, found: error.message }];
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** Folder and file, as the annotations' messages name them. */
function shortName(path: string): string {
  return join(basename(dirname(path)), basename(path)).replaceAll('\\', '/');
}
