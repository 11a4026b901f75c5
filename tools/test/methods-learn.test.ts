import { join } from 'node:path';
import { methods } from '@onebit/nn';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { beforeAll, describe, expect, test } from 'vitest';
import { gratings, tinyClassifier, trainQuietly } from './support/classifiers.js';
import { hasNative, scratchFolder } from './support/runs.js';

const folder = await scratchFolder();
const data = gratings();

/** Of four classes; chance is 0.25. One bound for all, the twin in full precision included. */
const learnt = 0.9;

describe.skipIf(!hasNative())(
  'a small ResNet learns the directions of gratings with the trainer that users use',
  () => {
    beforeAll(async () => {
      process.env.ONEBIT_THREADS = '1'; // small tensors: threads would only wait for each other
      await selectBackend('native');
    });

    test.each(['float', ...Object.keys(methods)])('%s', async (name) => {
      const recipe = await tinyClassifier({ 'model.precision': name });
      const { model, result } = await trainQuietly({ recipe, data, folder: join(folder, name) });
      model.dispose();
      expect(result.evaluation?.metrics.top1).toBeGreaterThan(learnt);
    });
  },
);
