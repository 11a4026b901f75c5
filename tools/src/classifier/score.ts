import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OnebitError, writeFileAtomic } from '@onebit/common';
import type { Output } from '../cli/output.js';
import { drawConfusion } from '../report/draw-confusion.js';
import { page, paragraph, raw, table, text } from '../report/page.js';
import type { WhichCheckpoint } from '../trainer/weights.js';
import { classifyAll } from './classify.js';
import { confusionPlot } from './confusion.js';
import { classifierSplits, openClassifierSplit } from './data.js';
import { type ClassifierScores, measureClassifier } from './measure.js';
import { openClassifierRun } from './run.js';

export interface ScoreClassifierOptions {
  /** Another data set than the run's. */
  readonly dataset?: string;
  readonly split?: string;
  readonly checkpoint: WhichCheckpoint;
  readonly workers?: number;
  /** Folder for a page and the numbers. */
  readonly out?: string;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Scores of a trained classifier, as `onebit eval` writes them. */
export interface ClassifierScoreDocument extends ClassifierScores {
  readonly run: string;
  readonly dataset: string;
  readonly split: string;
  /** Updates that the weights have had. */
  readonly step: number;
  readonly classes: readonly ClassScore[];
}

interface ClassScore {
  readonly name: string;
  readonly pictures: number;
  /** Share of them that is recognised; null for a class without pictures. */
  readonly accuracy: number | null;
}

/**
 * Measures the classifier of a run folder on a split, prints it, and writes `eval-<split>-<checkpoint>.json` with every picture into the folder.
 * @throws OnebitError ERR_DATA for a data set of other classes, and whatever opening the run and the data throws.
 */
export async function scoreClassifier(
  folder: string,
  options: ScoreClassifierOptions,
): Promise<ClassifierScoreDocument> {
  const { checkpoint: which, workers, output, signal } = options;
  const run = await openClassifierRun(folder, which);
  const { classes } = run;
  if (options.dataset !== undefined) run.recipe.data.dataset = options.dataset;
  const split = options.split ?? (await classifierSplits(run.recipe)).evalSplit;
  const dataset = await openClassifierSplit(run.recipe, split);
  if (dataset.classes.join('\n') !== classes.join('\n')) {
    throw new OnebitError(
      'ERR_DATA',
      `${dataset.name}: must have the classes of the run, ${classes.join(', ')}; it has ${dataset.classes.join(', ')}`,
    );
  }
  const progress = output.progress(`eval ${split}`, dataset.samples.length);
  const onProgress = (done: number) => progress.update(done, 'pictures');
  const results = await classifyAll(run.model, run.recipe, dataset.samples, { workers, signal, onProgress });
  progress.finish();
  const scores = measureClassifier(results, classes.length);
  const document: ClassifierScoreDocument = {
    ...{ run: folder, dataset: dataset.name, split, step: run.checkpoint.state.step },
    ...scores,
    classes: classes.map((name, label) => classScore(name, scores.confusion[label], label)),
  };
  printScores(document, results.length, output);
  const file = join(folder, `eval-${split.replaceAll(/[^\w-]+/g, '_')}-${which}.json`);
  const images = results.map(({ sample, top, loss }) => ({ id: sample.id, label: sample.label, top, loss }));
  await writeFileAtomic(file, `${JSON.stringify({ ...document, images })}\n`);
  output.print(`pictures  ${file}`);
  if (options.out !== undefined) output.print(`report  ${await writeReport(options.out, document)}`);
  return document;
}

function classScore(name: string, row: readonly number[], label: number): ClassScore {
  const pictures = row.reduce((sum, count) => sum + count, 0);
  return { name, pictures, accuracy: pictures === 0 ? null : row[label] / pictures };
}

/** More classes would fill the screen; all of them are in the file. */
const mostPrinted = 30;

function printScores(document: ClassifierScoreDocument, pictures: number, output: Output): void {
  const { dataset, split, step, top1, top5, loss, classes } = document;
  output.heading(`${dataset} ${split}, ${pictures} pictures, checkpoint of step ${step}`);
  if (classes.length <= mostPrinted) output.table(['class', 'pictures', 'recognised %'], classRows(classes));
  output.print(`top-1 ${percent(top1)} %, top-5 ${percent(top5)} %, cross entropy ${loss.toFixed(3)}`);
}

function classRows(classes: readonly ClassScore[]): (string | number)[][] {
  return classes.map(({ name, pictures, accuracy }) => [name, pictures, accuracy === null ? '-' : percent(accuracy)]);
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}

async function writeReport(folder: string, document: ClassifierScoreDocument): Promise<string> {
  const { run, dataset, split, top1, top5, classes, confusion } = document;
  const names = classes.map(({ name }) => name);
  const lead = `${run} on ${dataset} ${split}: top-1 ${percent(top1)} %, top-5 ${percent(top5)} %`;
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(join(folder, 'results.json'), `${JSON.stringify(document)}\n`);
  const path = join(folder, 'report.html');
  const sections = [
    { title: 'Classes', body: [table(['class', 'pictures', 'recognised %'], classRows(classes))] },
    { title: 'Confusion', body: [raw(drawConfusion(confusionPlot(names, confusion)))] },
  ];
  await writeFileAtomic(path, page('Evaluation', paragraph(text(lead)), sections));
  return path;
}
