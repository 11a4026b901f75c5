import { join } from 'node:path';
import { probeBackends } from '@onebit/tfjs-backend-native';
import { readCheckpoint } from '@onebit/training';
import { describe, expect, test } from 'vitest';
import { runMain } from './support/in-process.js';
import { hasNative, scratchFolder, shapesSet, tinySettings } from './support/runs.js';

const folder = await scratchFolder();
const dataset = await shapesSet(folder, 8, 2);
const gpu = (await probeBackends()).find(({ name }) => name === 'webgpu')!.found;

/** Where a software adapter stands in for a GPU, it takes seconds for a step. */
const limit = 180_000;

/** A whole `onebit train`, with all terms of the loss, evaluation and report. */
const train = (backend: string) =>
  runMain([
    ...['train', 'demo-binary', '-d', dataset, '-o', join(folder, backend), '--backend', backend],
    ...tinySettings({
      'train.batchSize': 2,
      'train.steps': 2,
      'train.schedule.warmup.steps': 1,
      'model.bottleneck.startStep': 1,
    }),
  ]);

describe('onebit train, end to end', () => {
  const backends = ['cpu', 'wasm', ...(hasNative() ? ['native'] : []), ...(gpu ? ['webgpu'] : [])];

  test('gives the same losses on every back end', { timeout: limit }, async () => {
    const losses: number[] = [];
    for (const backend of backends) {
      const { code, stderr } = await train(backend);
      expect(stderr).toContain('waits for data');
      expect(code).toBe(0);
      const { state } = await readCheckpoint(join(folder, backend));
      expect(state.evaluation?.step).toBe(2);
      losses.push(state.window.sums.total / state.window.steps);
    }
    // Means over two steps: what differed in the last bits of the first has flipped a sign or two in the second.
    for (const loss of losses) expect(Math.abs(loss / losses[0] - 1)).toBeLessThan(0.02);
  });
});
