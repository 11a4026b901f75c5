import { selectBackend } from '@onebit/tfjs-backend-native';
import { train } from '@onebit/training';
import { applyMatmul } from '../cli/backend.js';
import { buildDetector } from '../detector/build.js';
import { openRecipeData } from '../detector/data.js';
import { detectorLoss } from '../detector/task.js';
import { trainingLoader } from '../detector/train.js';
import { loadDetectionRecipe } from '../recipes/load.js';
import { recordedRecipe } from '../recipes/recorded.js';

// Trains the smallest detector on one back end and writes the loss of every step: `micro-worker.js BACKEND MATMUL STEPS DATASET FOLDER`.
const [backend, matmul, stepsText, dataset, folder] = process.argv.slice(2);
const steps = Number(stepsText);
const recipe = await loadDetectionRecipe('demo-binary', [
  ['model.width', 0.125],
  ['model.imageSize', 64],
  ['model.bottleneck.startStep', Math.floor(steps / 2)],
  ['train.batchSize', 2],
  ['train.steps', steps],
  ['train.schedule.warmup.steps', Math.max(1, Math.floor(steps / 10))],
  ['train.matmul', matmul],
  ['data.dataset', dataset],
  ['data.evalSplit', 'val'],
]);
const report = await selectBackend(backend as 'native');
applyMatmul(recipe.train.matmul);
const { train: data } = await openRecipeData(recipe);
const model = buildDetector(recipe, data.classes);
const { seed, train: settings } = recipe;
await train({
  model,
  lossOf: detectorLoss(model, recipe),
  batches: (startStep) => trainingLoader(recipe, data.samples, startStep, { workers: 0 }),
  steps,
  optimizer: settings.optimizer,
  schedule: settings.schedule,
  gradientClip: settings.clipNorm ?? undefined,
  seed,
  output: folder,
  resume: 'auto',
  recipe: recordedRecipe(recipe, data.classes),
  environment: { selected: { ...report }, matmul },
  logEvery: 1,
});
process.exit(0); // a loader that is still ahead must not hold the process
