import { join } from 'node:path';
import type { TrainResult } from '@onebit/training';
import { describeBackend, prepareBackend } from '../cli/backend.js';
import { backendOptions, defineCommand, matmulOption } from '../cli/command.js';
import { duration } from '../cli/output.js';
import { overridesOf, recipeOptions } from '../cli/recipe-options.js';
import { loadRecipe, type Override } from '../recipes/load.js';
import { taskOf } from '../recipes/schema.js';
import { type StagesName, stageNames, withStages } from '../stages/presets.js';
import { trainStages } from '../stages/train.js';
import { type TrainingInput, trainRecipe } from '../stages/trainer.js';
import { type MainMetric, mainMetrics } from '../trainer/progress.js';

export const train = defineCommand({
  name: 'train',
  summary: 'train a detector or a classifier by a recipe on your own pictures',
  positionals: 'RECIPE',
  arity: [1, 1],
  options: {
    ...recipeOptions,
    init: { type: 'string', placeholder: 'PATH', description: 'run or safetensors file whose weights to begin with' },
    teacher: {
      type: 'string',
      placeholder: 'RUN',
      description: 'run of a trained classifier whose answers to learn from, beside the labels',
    },
    stages: {
      type: 'string',
      choices: stageNames,
      placeholder: 'NAME',
      description: 'train in stages: binary activations, then weights; the other way round; 8, 4, 2, 1 bits; 4 stages',
    },
    out: {
      type: 'string',
      short: 'o',
      placeholder: 'DIR',
      description: 'folder of the run (default runs/RECIPE, or runs/RECIPE-METHOD-STAGES)',
    },
    resume: { type: 'boolean', description: 'continue the run that stands in the folder' },
    ...matmulOption,
    workers: { type: 'number', placeholder: 'N', description: 'threads that decode and augment pictures' },
    'memory-limit': {
      type: 'number',
      placeholder: 'GiB',
      description: 'refuse to begin what would take more (default: what is free)',
    },
    ...backendOptions,
  },
  examples: [
    ['onebit train ssd300-resnet18-bidet -d voc:VOCdevkit', 'a binary SSD300 on VOC'],
    [
      'onebit train ssd300-resnet18-float -d coco:coco --set data.classMap=voc20',
      "its float twin on COCO, mapped to VOC's classes",
    ],
    [
      'onebit train my-recipe.json -d voc:cells --set train.batchSize=4 --set train.accumulate=4 --set train.recompute=true',
      'steps of 4 batches of 4, in as little memory as can be',
    ],
    ['onebit train my-recipe.json -d voc:cells -o runs/cells --resume', 'go on where a run stopped'],
    [
      'onebit train resnet18-cls --method bireal -d cifar10:cifar-10-batches-bin',
      'a classifier, to begin a detector with',
    ],
    [
      'onebit train resnet18-cls --method reactnet -d images:birds --teacher runs/resnet18-cls-float',
      'a binary classifier that learns from its float twin',
    ],
    [
      'onebit train resnet18-cls --method reactnet -d images:birds --stages two-stage',
      'first with real weights, then all binary',
    ],
  ],
  async run({ positionals, options, output, signal }) {
    const overrides: Override[] = [];
    if (options.init !== undefined) overrides.push(['init', { from: options.init }]);
    if (options.teacher !== undefined) overrides.push(['teacher', { run: options.teacher }]);
    overrides.push(...overridesOf(options));
    if (options.matmul !== undefined) overrides.push(['train.matmul', options.matmul]);
    const loaded = await loadRecipe(positionals[0], overrides);
    const recipe = options.stages === undefined ? loaded : withStages(loaded, options.stages as StagesName); // one of the option's choices
    const folder = options.out ?? join('runs', [recipe.name, options.method, options.stages].filter(Boolean).join('-'));
    const backend = await prepareBackend(options, output);
    const input: TrainingInput = {
      folder,
      resume: options.resume ?? false,
      workers: options.workers,
      memoryLimitGiB: options['memory-limit'],
      environment: { backend: describeBackend(backend) },
      output,
      signal,
    };
    const metric = mainMetrics[taskOf(recipe)];
    if (recipe.stages === undefined) {
      const { report, ...result } = await reported(folder, await trainRecipe(recipe, input));
      output.print(`\nbest ${bestText(metric, result)}, ${duration(result.seconds)} in all`);
      output.print(`report  ${report}\nnext    onebit eval ${folder}`);
      return { run: folder, report, ...result };
    }
    const trained = await trainStages(recipe, input);
    const stages = [];
    for (const { stage, folder: run, result } of trained) {
      stages.push({ name: stage.name, run, ...(await reported(run, result)) });
    }
    output.print();
    for (const { name, ...result } of stages) {
      output.print(`${name}: best ${bestText(metric, result)}, report ${result.report}`);
    }
    output.print(`next    onebit eval ${folder}`);
    return { run: folder, stages };
  },
});

/** A result with the page about it. */
async function reported(folder: string, result: TrainResult): Promise<TrainResult & { readonly report: string }> {
  const { writeRunReport } = await import('../report/run-report.js'); // the chart library takes a third of the program's start-up time
  return { report: await writeRunReport(folder), ...result };
}

function bestText({ key, title }: MainMetric, { best }: TrainResult): string {
  return `${title} ${((best?.metrics[key] ?? Number.NaN) * 100).toFixed(2)} % at step ${best?.step}`;
}
