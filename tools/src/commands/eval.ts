import { join } from 'node:path';
import { OnebitError, writeFileAtomic } from '@onebit/common';
import { scoreClassifier } from '../classifier/score.js';
import { prepareBackend } from '../cli/backend.js';
import { backendOptions, type CommandInput, defineCommand, type Options } from '../cli/command.js';
import { openSplit, resolveSplits } from '../detector/data.js';
import { detectAll, measure } from '../detector/evaluate.js';
import { openRun } from '../detector/run.js';
import { bestThreshold } from '../detector/threshold.js';
import { readRunRecipe } from '../recipes/recorded.js';
import { writeScoreReport } from '../report/score-report.js';
import { type EvaluationDocument, evaluate as evaluateMetrics } from '../scoring/evaluation.js';
import { FileInputs, TruthFiles } from '../scoring/inputs.js';
import type { Metric, ScoringOption, Settings } from '../scoring/metric.js';
import { metricNamed, metrics } from '../scoring/metrics.js';
import { printScore } from '../scoring/print.js';
import { RunInputs } from '../scoring/run-inputs.js';
import { parseAreaRanges, parseIou, parseMaxDets, readClasses } from '../scoring/settings.js';
import { vocMetricName } from '../scoring/voc-metrics.js';
import { runFolderOf } from '../trainer/run-folder.js';
import type { WhichCheckpoint } from '../trainer/weights.js';

const options = {
  gt: { type: 'string', placeholder: 'PATH', description: 'ground truth: COCO JSON, VOC devkit, folder of label PNGs' },
  dt: { type: 'string', placeholder: 'PATH', description: 'results: COCO JSON, comp4_det_*.txt, folder of label PNGs' },
  metric: {
    type: 'string',
    short: 'm',
    multiple: true,
    choices: metrics.map(({ name }) => name),
    placeholder: 'NAME',
    description: "what to measure; needed with --gt (default for RUN the recipe's)",
  },
  against: {
    type: 'string',
    placeholder: 'PATH',
    description: 'other results: differences with intervals and p values',
  },
  bootstrap: { type: 'number', placeholder: 'N', description: 'intervals from N draws of the images' },
  seed: { type: 'number', default: 1, placeholder: 'N', description: 'seed of the draws' },
  out: {
    type: 'string',
    short: 'o',
    placeholder: 'DIR',
    description: 'write report.html, results.json, figures (SVG)',
  },
  iou: { type: 'string', placeholder: 'T[,T…]', description: "overlap a detection needs (default the metric's)" },
  'max-dets': { type: 'string', placeholder: 'N,N,N', description: 'coco-*: detections of an image and class' },
  'area-ranges': { type: 'string', placeholder: 'NAME=LOW:HIGH,…', description: 'coco-*: ranges of object areas' },
  classes: { type: 'string', placeholder: 'FILE|A,B,…', description: 'class names in the order of the labels' },
  lenient: { type: 'boolean', description: "the reference tool's number where onebit would refuse the data" },
  renumber: { type: 'boolean', description: 'COCO: new annotation ids, where they are 0 or double' },
  dataset: { type: 'string', short: 'd', placeholder: 'KIND:DIR', description: "RUN: another data set than the run's" },
  split: { type: 'string', short: 's', placeholder: 'NAME', description: 'VOC devkit, RUN: the image set' },
  checkpoint: { type: 'string', choices: ['best', 'latest'], description: 'RUN: weights to take (default best)' },
  workers: { type: 'number', placeholder: 'N', description: 'RUN: threads that decode pictures' },
  ...backendOptions,
} as const satisfies Options;

type Input = CommandInput<typeof options>;

export const evaluate = defineCommand({
  name: 'eval',
  summary: 'score a trained detector or classifier, or result files of any framework',
  positionals: '[RUN]',
  arity: [0, 1],
  options,
  examples: [
    ['onebit eval --gt instances.json --dt results.json --metric coco-bbox', 'the twelve numbers of pycocotools'],
    [
      'onebit eval --gt VOCdevkit/VOC2007 --split test --dt results/Main -m voc07 -m voc12 -o report',
      'two metrics, a page with all figures',
    ],
    [
      'onebit eval --gt masks --dt predicted --metric miou-voc --bootstrap 1000 --against other',
      'label maps: intervals, and is the difference of two models more than chance?',
    ],
    ['onebit eval runs/cells --split test --metric voc12 --json', 'a run of onebit, for machines'],
  ],
  async run(input) {
    const { positionals, options } = input;
    const [run] = positionals;
    if (run === undefined) return scoreFiles(input);
    const forFiles = ['gt', 'dt', 'against', 'classes', 'lenient', 'renumber'] as const;
    const given = forFiles.find((name) => options[name] !== undefined);
    if (given !== undefined) throw usage(`RUN and --${given} cannot be given together`);
    return scoreRun(run, input);
  },
});

/** Result files against a ground truth. */
async function scoreFiles({ options, output, signal }: Input): Promise<EvaluationDocument> {
  const { gt, dt, against, lenient, renumber, split } = options;
  const forRuns = (['dataset', 'checkpoint', 'workers'] as const).find((name) => options[name] !== undefined);
  if (gt === undefined || dt === undefined) throw usage('expected RUN, or --gt and --dt with --metric');
  if (forRuns !== undefined) throw usage(`--${forRuns} belongs to RUN, not to --gt and --dt`);
  if (options.metric.length === 0) throw usage(`--metric must be given: ${metrics.map(({ name }) => name).join(', ')}`);
  const chosen = chooseMetrics(options.metric, options);
  const classes = options.classes === undefined ? undefined : await readClasses(options.classes);
  const truth = new TruthFiles(gt, { split, classes, lenient, renumber });
  const inputs = new FileInputs(truth, dt);
  const other = against === undefined ? undefined : new FileInputs(truth, against, '--against');
  const bootstrap = bootstrapOf(options);
  const scores = await evaluateMetrics({
    ...{ metrics: chosen, inputs, settings: settingsOf(options), output, signal },
    ...(other && { other }),
    ...(bootstrap && { bootstrap }),
  });
  for (const score of scores) printScore(output, score);
  const document = { truth: gt, results: dt, ...(against && { against }), ...(bootstrap && { bootstrap }), scores };
  if (options.out !== undefined) output.print(`report ${await writeScoreReport(options.out, document)}`);
  return document;
}

/** A model that onebit trained. */
async function scoreRun(given: string, input: Input): Promise<unknown> {
  const { options } = input;
  // No run of any kind makes label maps: said before the run is looked for.
  const other = chooseMetrics(options.metric, { ...options, split: undefined }).find(
    ({ compares }) => compares !== 'boxes',
  );
  if (other) throw usage(`RUN finds boxes, but --metric ${other.name} compares ${other.compares}`);
  const folder = await runFolderOf(given);
  const { recipe } = await readRunRecipe(folder);
  return recipe.task === 'classification' ? scoreClasses(folder, input) : scoreDetector(folder, input);
}

async function scoreClasses(folder: string, { options, output, signal }: Input): Promise<unknown> {
  const forBoxes = ['iou', 'max-dets', 'area-ranges', 'bootstrap'] as const;
  const given = options.metric.length > 0 ? 'metric' : forBoxes.find((name) => options[name] !== undefined);
  if (given) throw usage(`--${given} is for detectors; ${folder} holds a classifier, measured by top-1 and top-5`);
  await prepareBackend(options, output);
  const { dataset, split, workers, out } = options;
  const checkpoint = (options.checkpoint ?? 'best') as WhichCheckpoint; // one of the option's choices
  return scoreClassifier(folder, { dataset, split, checkpoint, workers, out, output, signal });
}

async function scoreDetector(folder: string, { options, output, signal }: Input): Promise<unknown> {
  const checkpoint = options.checkpoint ?? 'best';
  const chosen = chooseMetrics(options.metric, { ...options, split: undefined });
  const settings = settingsOf(options);
  const bootstrap = bootstrapOf(options);
  await prepareBackend(options, output);
  const run = await openRun(folder, checkpoint as WhichCheckpoint);
  const { recipe } = run;
  if (options.dataset !== undefined) recipe.data.dataset = options.dataset;
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
  const inputs = new RunInputs(run.classes, results);
  const byRecipe = metricNamed(vocMetricName('devkit', recipe.evaluation.metric));
  const scores = await evaluateMetrics({
    ...{ metrics: chosen.length > 0 ? chosen : [byRecipe], inputs, output, signal },
    settings: chosen.length > 0 ? settings : { iou: [recipe.evaluation.iou], ...settings },
    ...(bootstrap && { bootstrap }),
  });
  const threshold = bestThreshold(measure(results, run.classes, recipe));
  const { step } = run.checkpoint.state;
  output.heading(`${dataset.name} ${split}, ${dataset.samples.length} pictures, checkpoint of step ${step}`);
  for (const score of scores) printScore(output, score);
  output.print(`precision and recall balance best at score ${threshold.toFixed(3)}`);
  const evaluation = { truth: `${dataset.name} ${split}`, results: folder, ...(bootstrap && { bootstrap }), scores };
  const document = { run: run.folder, dataset: dataset.name, split, step, threshold, ...evaluation };
  const file = join(run.folder, `eval-${split.replaceAll(/[^\w-]+/g, '_')}-${checkpoint}.json`);
  const images = results.map(({ sample, detections }) => ({ id: sample.id, detections }));
  await writeFileAtomic(file, `${JSON.stringify({ ...document, images })}\n`);
  output.print(`detections  ${file}`);
  if (options.out !== undefined) output.print(`report ${await writeScoreReport(options.out, evaluation)}`);
  return document;
}

/** The metrics named, each once. @throws OnebitError ERR_USAGE for an option that none of them understands. */
function chooseMetrics(names: readonly string[], given: Partial<Record<ScoringOption, unknown>>): Metric[] {
  const chosen = [...new Set(names)].map(metricNamed);
  const scoringOptions = ['iou', 'max-dets', 'area-ranges', 'split', 'classes', 'lenient', 'renumber'] as const;
  for (const option of chosen.length > 0 ? scoringOptions : []) {
    if (given[option] === undefined || chosen.some(({ uses }) => uses.includes(option))) continue;
    const users = metrics.filter(({ uses }) => uses.includes(option)).map(({ name }) => name);
    throw usage(`--${option} has no meaning for ${names.join(', ')}; it belongs to ${users.join(', ')}`);
  }
  return chosen;
}

function settingsOf(given: Input['options']): Settings {
  const { iou, 'max-dets': maxDets, 'area-ranges': areaRanges } = given;
  return {
    ...(iou !== undefined && { iou: parseIou(iou) }),
    ...(maxDets !== undefined && { maxDets: parseMaxDets(maxDets) }),
    ...(areaRanges !== undefined && { areaRanges: parseAreaRanges(areaRanges) }),
  };
}

/** A comparison needs draws in any case; as many as are usual, unless the user says. */
const usualDraws = 1000;

function bootstrapOf({ bootstrap, against, seed }: Input['options']): { samples: number; seed: number } | undefined {
  if (bootstrap === undefined && against === undefined) return undefined;
  return { samples: bootstrap ?? usualDraws, seed };
}

function usage(message: string): OnebitError {
  return new OnebitError('ERR_USAGE', `onebit eval: ${message}; see \`onebit eval --help\``);
}
