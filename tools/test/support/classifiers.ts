import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { ImageClassifier } from '@onebit/backbones';
import { makeGratings, type RgbImage } from '@onebit/datasets';
import { encode } from 'fast-png';
import type { ClassifierData } from '../../src/classifier/data.js';
import { type TrainClassifierOptions, trainClassifier } from '../../src/classifier/train.js';
import { Output } from '../../src/cli/output.js';
import type { ClassificationRecipe } from '../../src/recipes/classification.js';
import { loadRecipe, type Override } from '../../src/recipes/load.js';
import { expectTask } from '../../src/recipes/schema.js';
import type { Trained } from '../../src/trainer/training.js';

/** Side of the pictures. */
const size = 12;

/** Four directions in small pictures: chance is a quarter. */
export function gratings(): ClassifierData {
  const part = (split: string, perClass: number) => makeGratings({ classes: 4, perClass, size, seed: 3 }, split);
  return { train: part('train', 128), evaluation: part('val', 50) };
}

/** Some of {@link gratings} as a folder for each class. */
export async function pictureFolder(data: ClassifierData, root: string): Promise<string> {
  for (const { split, classes, samples } of [data.train, data.evaluation]) {
    for (const { id, label, picture } of samples.slice(0, 80)) {
      const path = join(root, split, classes[label].replace(' ', '-'), `${id.replace('#', '-')}.png`);
      const { data: pixels, width, height } = picture as RgbImage;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, encode({ data: new Uint8Array(pixels), width, height, channels: 3 }));
    }
  }
  return root;
}

/** ResNet-8 of half width for {@link gratings}: half a second of training on the native back end. */
export async function tinyClassifier(changes: Readonly<Record<string, unknown>> = {}): Promise<ClassificationRecipe> {
  const settings: Readonly<Record<string, unknown>> = {
    'model.backbone': 'resnet8',
    'model.width': 0.5,
    'model.imageSize': size,
    'data.augment': { kind: 'centre' }, // a mirrored direction is another class
    'train.steps': 60,
    'train.batchSize': 16,
    'train.schedule': { kind: 'cosine', rate: 2e-2, warmup: { steps: 5 } },
    'train.evaluateEvery': null,
    ...changes,
  };
  const recipe = await loadRecipe('resnet20-cls', Object.entries(settings) as Override[]);
  return expectTask(recipe, 'classification', 'tinyClassifier');
}

/** An output that nobody sees. */
export function quietOutput(): Output {
  const sink = new PassThrough().resume();
  return new Output(false, sink, sink);
}

/** Trains without a word. */
export function trainQuietly(
  options: Pick<TrainClassifierOptions, 'recipe' | 'data' | 'folder'> & Partial<TrainClassifierOptions>,
): Promise<Trained<ImageClassifier>> {
  return trainClassifier({ output: quietOutput(), signal: new AbortController().signal, ...options });
}
