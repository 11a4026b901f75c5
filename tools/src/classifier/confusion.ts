import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@onebit/common';
import type { ConfusionPlot } from '../report/plots.js';

const fileName = 'confusion.json';

/** Keeps the confusion matrix of a run's last evaluation in its folder: `{ classes, counts }`, `[true class][most probable class]`. */
export async function writeConfusion(
  folder: string,
  classes: readonly string[],
  counts: readonly (readonly number[])[],
): Promise<void> {
  await writeFileAtomic(join(folder, fileName), `${JSON.stringify({ classes, counts })}\n`);
}

/** The matrix as a figure; undefined for a run that was never evaluated. */
export async function readConfusion(folder: string): Promise<ConfusionPlot | undefined> {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { classes, counts } = JSON.parse(text) as { classes: string[]; counts: number[][] };
  return confusionPlot(classes, counts);
}

/** A confusion matrix as a figure. */
export function confusionPlot(classes: readonly string[], counts: readonly (readonly number[])[]): ConfusionPlot {
  const caption =
    'Pictures of each class (row) by the most probable class (column); the shade is the share of the row.';
  return {
    kind: 'confusion',
    id: 'confusion',
    title: 'True class and most probable class',
    caption,
    names: classes,
    counts,
  };
}
