import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeGeneratedSet } from '@onebit/datasets';
import { PriorOnlyPredictor } from '@onebit/detection';
import { describeBackend, prepareBackend } from '../cli/backend.js';
import { backendOptions, defineCommand, matmulOption } from '../cli/command.js';
import { duration } from '../cli/output.js';
import { openRecipeData, openSplit } from '../detector/data.js';
import { detectAll, type ImageDetections, measure } from '../detector/evaluate.js';
import { openRun } from '../detector/run.js';
import { trainDetector } from '../detector/train.js';
import { demoSet } from '../recipes/demo.js';
import { loadDetectionRecipe } from '../recipes/load.js';
import type { DemoDetector, DemoResults } from '../report/demo-report.js';

export const demo = defineCommand({
  name: 'demo',
  summary: 'the whole way in minutes: make scenes, train a binary detector and its float twin, measure, report',
  positionals: '',
  arity: [0, 0],
  options: {
    out: { type: 'string', short: 'o', default: 'runs/demo', placeholder: 'DIR', description: 'folder for everything' },
    short: { type: 'boolean', description: 'a few steps only: shows that everything works, the figures mean nothing' },
    fresh: {
      type: 'boolean',
      description: 'remove what an earlier demo left in the folder; otherwise it is continued',
    },
    ...matmulOption,
    ...backendOptions,
  },
  examples: [
    ['onebit demo', 'minutes on two cores; then open runs/demo/report.html'],
    ['onebit demo --fresh -o /tmp/demo', 'again from nothing, elsewhere'],
  ],
  async run({ options, output, signal }) {
    const started = performance.now();
    const folder = options.short ? `${options.out}-short` : options.out;
    if (options.fresh)
      for (const part of ['scenes', 'binary', 'float']) await rm(join(folder, part), { recursive: true, force: true });
    const backend = await prepareBackend(options, output);

    const { parts, ...set } = demoSet(options.short ?? false);
    const { classes } = set;
    const total = Object.values(parts).reduce((sum, n) => sum + n, 0);
    const bar = output.progress('drawing scenes', total);
    const scenes = join(folder, 'scenes');
    await makeGeneratedSet({ ...set, output: scenes, parts, signal, onProgress: (done) => bar.update(done, '') });
    bar.finish(`${total} scenes of ${classes.length} classes in ${scenes}`);

    const detectors: DemoDetector[] = [];
    for (const kind of ['binary', 'float'] as const) {
      const recipe = await loadDetectionRecipe(`demo-${kind}`, [
        ['data.dataset', `generated:${scenes}`],
        ...(options.matmul ? ([['train.matmul', options.matmul]] as const) : []),
        ...(options.short
          ? ([
              ['train.steps', 30],
              ['train.schedule.warmup.steps', 5],
              ['train.evaluateEvery', null],
            ] as const)
          : []),
      ]);
      const data = await openRecipeData(recipe);
      const run = join(folder, kind);
      const environment = { backend: describeBackend(backend) };
      const { model: trained, result } = await trainDetector({
        recipe,
        data,
        folder: run,
        resume: true,
        environment,
        output,
        signal,
      });
      trained.dispose();
      const { model } = await openRun(run, 'latest');
      const unseen = await openSplit(recipe, 'val-unseen');
      const parts = { seen: data.evaluation.samples, unseen: unseen.samples };
      const found = {
        seen: await detectAll(model, recipe, parts.seen, { signal }),
        unseen: await detectAll(model, recipe, parts.unseen, { signal }),
      };
      model.dispose();
      detectors.push({
        kind,
        recipe,
        run,
        seconds: result.seconds,
        found,
        seen: measure(found.seen, classes, recipe),
        unseen: measure(found.unseen, classes, recipe),
      });
    }

    const { recipe } = detectors[0];
    const { train, evaluation } = await openRecipeData(recipe);
    const predictor = PriorOnlyPredictor.fit(train.samples);
    const blind: ImageDetections[] = evaluation.samples.map((sample) => ({
      sample,
      detections: predictor.predict([sample.height, sample.width]),
    }));
    const results: DemoResults = {
      classes,
      detectors,
      priorOnly: measure(blind, classes, recipe),
      backend: describeBackend(backend),
      short: options.short ?? false,
    };
    const { writeDemoReport } = await import('../report/demo-report.js'); // not before: the chart library loads slowly
    const report = await writeDemoReport(folder, results);

    const [binary, float] = detectors;
    const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
    output.heading(
      'mAP (VOC 11-point, IoU 0.5) on scenes drawn in styles that training saw, and in styles it never saw',
    );
    output.table(
      ['detector', 'seen styles', 'unseen styles', 'training'],
      [
        ...detectors.map(({ recipe: { name }, seen, unseen, seconds }) => [
          name,
          percent(seen.mAP),
          percent(unseen.mAP),
          duration(seconds),
        ]),
        ['prior-only (never looks)', percent(results.priorOnly.mAP), '-', '-'],
      ],
    );
    const ofFloat = binary.seen.mAP / float.seen.mAP;
    const overBlind = binary.seen.mAP / results.priorOnly.mAP;
    output.print(
      `binary reaches ${percent(ofFloat)} of its float twin on seen styles, and ${overBlind.toFixed(1)} times the prior-only predictor`,
    );
    if (options.short) output.warn('short form: a few steps of training; these figures only show that everything runs');
    output.print(
      `${duration((performance.now() - started) / 1000)} in all\n\nreport    ${report}\npictures  ${join(folder, 'pictures')}\nruns      ${binary.run}, ${float.run}`,
    );
    return {
      report,
      seconds: (performance.now() - started) / 1000,
      mAP: Object.fromEntries(
        detectors.map(({ kind, seen, unseen }) => [kind, { seen: seen.mAP, unseen: unseen.mAP }]),
      ),
      priorOnly: results.priorOnly.mAP,
      ofFloat,
      overPriorOnly: overBlind,
    };
  },
});
