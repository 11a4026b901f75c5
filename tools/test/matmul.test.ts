import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadNative } from '@onebit/kernels';
import { gradientPrecision, setGradientPrecision } from '@onebit/tfjs-backend-native';
import { afterEach, describe, expect, test } from 'vitest';
import { runMain } from './support/in-process.js';
import { hasNative, scratchFolder, shapesSet, tinySettings } from './support/runs.js';

const folder = await scratchFolder();
const dataset = await shapesSet(folder, 8, 4);
const train = (run: string, ...more: string[]) =>
  runMain(['train', 'demo-binary', '-d', dataset, '-o', join(folder, run), ...tinySettings(), ...more]);
const record = async (run: string, file: string) => JSON.parse(await readFile(join(folder, run, file), 'utf8'));

describe('--matmul', () => {
  test('a back end that computes in float32 only refuses bf16 and says what to do', async () => {
    const { code, stderr } = await train('wasm', '--backend', 'wasm', '--matmul', 'bf16');
    expect(code).not.toBe(0);
    expect(stderr).toContain('bf16 needs the back end native, got wasm; use --backend native, or --matmul fp32');
    expect((await train('name', '--matmul', 'fp16')).stderr).toContain('--matmul must be one of fp32, bf16');
  });

  describe.skipIf(!hasNative() || !loadNative().bf16Gradients())('bf16 on native', () => {
    afterEach(() => setGradientPrecision('fp32'));

    test('is in force, recorded, and kept by the run', async () => {
      expect((await train('native', '--backend', 'native', '--matmul', 'bf16')).code).toBe(0);
      expect(gradientPrecision()).toBe('bf16');
      expect((await record('native', 'config.json')).recipe.train.matmul).toBe('bf16');
      expect((await record('native', 'environment.json')).matmul).toBe('bf16');
      const resumed = await train('native', '--backend', 'native', '--resume');
      expect(resumed.code).not.toBe(0);
      expect(resumed.stderr).toContain('matmul');
    });

    test('a run that does not ask gets fp32, whatever ran before it', async () => {
      setGradientPrecision('bf16');
      expect((await train('default', '--backend', 'native')).code).toBe(0);
      expect(gradientPrecision()).toBe('fp32');
      expect((await record('default', 'config.json')).recipe.train.matmul).toBe('fp32');
    });
  });
});
