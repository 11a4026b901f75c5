import { join } from 'node:path';
import { OnebitError, writeFileAtomic } from '@onebit/common';
import { prepareBackend } from '../cli/backend.js';
import { backendOptions, defineCommand } from '../cli/command.js';
import { openSplit, resolveSplits } from '../detector/data.js';
import { detectAll, measure } from '../detector/evaluate.js';
import { openRun } from '../detector/run.js';
import { bestThreshold } from '../detector/threshold.js';

export const evaluate = defineCommand({
  name: 'eval',
  summary: 'measure a trained detector: VOC mAP by class',
  positionals: 'RUN',
  arity: [1, 1],
  options: {
    dataset: { type: 'string', short: 'd', placeholder: 'KIND:DIR', description: "another data set than the run's" },
    split: { type: 'string', short: 's', placeholder: 'NAME', description: "split to measure on (default the run's)" },
    metric: {
      type: 'string',
      choices: ['11-point', 'area'],
      description: "VOC 2007's or VOC 2010's average precision (default the run's)",
    },
    iou: { type: 'number', placeholder: 'T', description: "overlap a detection needs (default the run's)" },
    checkpoint: { type: 'string', choices: ['best', 'latest'], default: 'best', description: 'weights to take' },
    workers: { type: 'number', placeholder: 'N', description: 'threads that decode pictures' },
    ...backendOptions,
  },
  examples: [
    ['onebit eval runs/cells', 'the best weights on the split the run was measured on'],
    ['onebit eval runs/cells --split test --metric area --json', 'another split and metric, for machines'],
  ],
  async run({ positionals, options, output, signal }) {
    await prepareBackend(options, output);
    const run = await openRun(positionals[0], options.checkpoint as 'best' | 'latest');
    const { recipe } = run;
    if (options.dataset !== undefined) recipe.data.dataset = options.dataset;
    if (options.metric !== undefined) recipe.evaluation.metric = options.metric as '11-point' | 'area';
    if (options.iou !== undefined) recipe.evaluation.iou = options.iou;
    const split = options.split ?? (await resolveSplits(recipe)).evalSplit;
    const dataset = await openSplit(recipe, split, recipe.data.classMap ? undefined : run.classes);
    if (!dataset.samples.some(({ objects }) => objects.some(({ difficult }) => !difficult))) {
      throw new OnebitError(
        'ERR_DATA',
        `${dataset.name}: split ${split} has no labelled object that counts, so there is no mAP; choose another --split`,
      );
    }
    const progress = output.progress(`eval ${split}`, dataset.samples.length);
    const results = await detectAll(run.model, recipe, dataset.samples, {
      workers: options.workers,
      signal,
      onProgress: (done) => progress.update(done, 'pictures'),
    });
    progress.finish();
    const measured = measure(results, run.classes, recipe);
    const { mAP, perClass } = measured;
    const threshold = bestThreshold(measured);
    const { metric, iou } = recipe.evaluation;
    output.heading(
      `${dataset.name} ${split}, ${dataset.samples.length} pictures, checkpoint of step ${run.checkpoint.state.step}`,
    );
    output.table(
      ['class', 'AP %', 'objects', 'detections'],
      perClass.map(({ name, ap, truths, detections }) => [
        name,
        Number.isNaN(ap) ? '-' : (ap * 100).toFixed(2),
        truths,
        detections,
      ]),
    );
    output.print(
      `mAP ${(mAP * 100).toFixed(2)} % (VOC ${metric}, IoU ${iou}); precision and recall balance best at score ${threshold.toFixed(3)}`,
    );
    const document = {
      run: run.folder,
      dataset: dataset.name,
      split,
      step: run.checkpoint.state.step,
      metric,
      iou,
      mAP,
      threshold,
      perClass: perClass.map(({ name, ap, truths, detections }) => ({ name, ap, truths, detections })),
    };
    const file = join(run.folder, `eval-${split.replaceAll(/[^\w-]+/g, '_')}-${options.checkpoint}.json`);
    const images = results.map(({ sample, detections }) => ({ id: sample.id, detections }));
    await writeFileAtomic(file, `${JSON.stringify({ ...document, images })}\n`);
    output.print(`detections  ${file}`);
    return document;
  },
});
