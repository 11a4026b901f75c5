import { stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { OnebitError, writeFileAtomic } from '@onebit/common';
import { type DetectionSample, drawDetections, readImageSize } from '@onebit/datasets';
import { predictClasses } from '../classifier/predict.js';
import { prepareBackend } from '../cli/backend.js';
import { backendOptions, defineCommand } from '../cli/command.js';
import { detectAll } from '../detector/evaluate.js';
import { openRun } from '../detector/run.js';
import { readRunRecipe } from '../recipes/recorded.js';
import { runFolderOf } from '../trainer/run-folder.js';
import type { WhichCheckpoint } from '../trainer/weights.js';

/** For runs that were never evaluated. */
const fallbackThreshold = 0.4;

export const predict = defineCommand({
  name: 'predict',
  summary: 'find objects in pictures with a trained detector, or name them with a classifier',
  positionals: 'RUN IMAGE...',
  arity: [2, Number.POSITIVE_INFINITY],
  options: {
    out: {
      type: 'string',
      short: 'o',
      default: 'predictions',
      placeholder: 'DIR',
      description: 'folder for predictions.json, and the drawn pictures of detectors',
    },
    threshold: {
      type: 'number',
      short: 't',
      placeholder: 'P',
      description: 'detectors: smallest score that counts (default: where the run balanced precision and recall best)',
    },
    checkpoint: { type: 'string', choices: ['best', 'latest'], default: 'best', description: 'weights to take' },
    ...backendOptions,
  },
  examples: [
    ['onebit predict runs/cells photo.jpg', 'predictions/photo.png with boxes, and the numbers'],
    ['onebit predict runs/resnet18-cls photo.jpg', 'the five most probable classes'],
    ['onebit predict runs/cells *.jpg -o out -t 0.3 --json', 'many pictures, for machines'],
  ],
  async run({ positionals: [given, ...paths], options, output, signal }) {
    const samples = await Promise.all(paths.map(asSample));
    const checkpoint = options.checkpoint as WhichCheckpoint; // one of the option's choices
    const folder = await runFolderOf(given);
    const { recipe } = await readRunRecipe(folder);
    if (recipe.task === 'classification') {
      if (options.threshold !== undefined) {
        throw new OnebitError(
          'ERR_USAGE',
          `onebit predict: --threshold is for detectors, ${folder} holds a classifier`,
        );
      }
      await prepareBackend(options, output);
      return predictClasses(folder, paths, { checkpoint, out: options.out, output, signal });
    }
    await prepareBackend(options, output);
    const run = await openRun(folder, checkpoint);
    const threshold = options.threshold ?? run.checkpoint.state.evaluation?.metrics.threshold ?? fallbackThreshold;
    const results = await detectAll(run.model, run.recipe, samples, { workers: 0, signal });
    const images = [];
    const taken = new Set(paths.map((path) => resolve(path)));
    for (const { sample, detections } of results) {
      const kept = detections.filter(({ score }) => score >= threshold);
      const drawn = freePath(options.out, basename(sample.imagePath, extname(sample.imagePath)), taken);
      await writeFileAtomic(drawn, await drawDetections(sample.imagePath, kept, { classes: run.classes }));
      images.push({
        image: sample.imagePath,
        drawn,
        detections: kept.map((d) => ({ class: run.classes[d.label], ...d })),
      });
      output.print(
        `${sample.imagePath}: ${kept.map(({ label, score }) => `${run.classes[label]} ${(score * 100).toFixed(0)} %`).join(', ') || 'nothing found'} -> ${drawn}`,
      );
    }
    const document = {
      run: folder,
      step: run.checkpoint.state.step,
      classes: run.classes,
      threshold,
      images,
    };
    await writeFileAtomic(join(options.out, 'predictions.json'), `${JSON.stringify(document, null, 2)}\n`);
    return document;
  },
});

/** `DIR/name.png`, or `DIR/name-2.png` and so on where that is a picture of this call: never drawn over an input, nor over another's result. */
function freePath(folder: string, name: string, taken: Set<string>): string {
  for (let n = 1; ; n++) {
    const path = join(folder, `${name}${n === 1 ? '' : `-${n}`}.png`);
    if (taken.has(resolve(path))) continue;
    taken.add(resolve(path));
    return path;
  }
}

async function asSample(path: string): Promise<DetectionSample> {
  await stat(path).catch((error: unknown) => {
    throw new OnebitError('ERR_DATA', `${path}: there is no such picture`, { cause: error });
  });
  const { width, height } = await readImageSize(path);
  return { id: path, imagePath: path, width, height, objects: [] };
}
