// A whole run of `onebit train` in this process, for the test of memory: `node --expose-gc growth-child.mjs DATASET FOLDER SETTINGS_AS_JSON STEP,STEP,…`.
// Prints one JSON document: tensors and memory after each of the steps named.
import { tf } from '@onebit/ops';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { Output } from '../dist/cli/output.js';
import { openRecipeData } from '../dist/detector/data.js';
import { trainDetector } from '../dist/detector/train.js';
import { loadDetectionRecipe } from '../dist/recipes/load.js';

const [, , dataset, folder, settings, list] = process.argv;
const wanted = new Set(list.split(',').map(Number));
const samples = [];

/** What the program would write goes nowhere; its progress says when a step is done. */
class Watch extends Output {
  print() {}
  warn() {}
  progress() {
    return {
      update: (step) => {
        if (!wanted.has(step)) return;
        globalThis.gc();
        const { rss, heapTotal, heapUsed, arrayBuffers } = process.memoryUsage();
        const { numTensors, numBytes } = tf.memory();
        samples.push({
          step,
          tensors: numTensors,
          bytes: numBytes,
          rss,
          outside: rss - heapTotal,
          heapUsed,
          arrayBuffers,
        });
      },
      finish: () => {},
    };
  }
}

await selectBackend('native');
const recipe = await loadDetectionRecipe('demo-binary', [
  ['data.dataset', dataset],
  ...Object.entries(JSON.parse(settings)),
]);
const data = await openRecipeData(recipe);
const { signal } = new AbortController();
await trainDetector({ recipe, data, folder, resume: false, output: new Watch(true), signal });
process.stdout.write(JSON.stringify(samples));
