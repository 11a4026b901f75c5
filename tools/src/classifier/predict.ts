import { join } from 'node:path';
import { writeFileAtomic } from '@onebit/common';
import type { Output } from '../cli/output.js';
import type { WhichCheckpoint } from '../trainer/weights.js';
import { classifyAll } from './classify.js';
import { openClassifierRun } from './run.js';

export interface PredictClassesOptions {
  readonly checkpoint: WhichCheckpoint;
  /** Folder for `predictions.json`. */
  readonly out: string;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Prints the most probable classes of pictures, at most five each, and writes them to `predictions.json`, which is also what is returned. */
export async function predictClasses(folder: string, paths: readonly string[], options: PredictClassesOptions) {
  const { checkpoint, out, output, signal } = options;
  const { model, recipe, classes, checkpoint: read } = await openClassifierRun(folder, checkpoint);
  const samples = paths.map((path) => ({ id: path, label: unlabelled, picture: path }));
  const results = await classifyAll(model, recipe, samples, { workers: 0, signal });
  const images = results.map(({ sample, top }) => ({
    image: sample.id,
    top: top.map(({ label, probability }) => ({ class: classes[label], label, probability })),
  }));
  for (const { image, top } of images) {
    const list = top.map(({ class: name, probability }) => `${name} ${(100 * probability).toFixed(0)} %`);
    output.print(`${image}: ${list.join(', ')}`);
  }
  const document = { run: folder, step: read.state.step, classes, images };
  await writeFileAtomic(join(out, 'predictions.json'), `${JSON.stringify(document, null, 2)}\n`);
  return document;
}

/** A picture whose class nobody knows. */
const unlabelled = -1;
