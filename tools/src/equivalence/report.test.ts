import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeEquivalence } from './report.js';
import type { RunResult } from './results.js';

const folder = await mkdtemp(join(tmpdir(), 'onebit-equivalence-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(experiment: RunResult['experiment'], mode: string, seed: number, final: number): RunResult {
  const loss = [1, 2, 3, 4].map((step) => [step, final / 10 + 1 / step] as const);
  const environment = { cpu: 'a CPU', cores: 2, node: 'v20', commit: 'abc' };
  const mAP = experiment === 'micro' ? [] : ([[4, final]] as const);
  return {
    name: `${experiment}-${mode}-${seed}`,
    experiment,
    mode,
    seed,
    steps: 4,
    seconds: 9,
    loss,
    mAP,
    environment,
  };
}

test('tables, verdict and curves of what is complete; the rest is said not to be', async () => {
  const results = [
    ...[30, 34, 38].map((mAP, i) => run('demo', 'fp32', i + 1, mAP)),
    ...[31, 33, 39].map((mAP, i) => run('demo', 'bf16', i + 1, mAP)),
    run('bccd', 'fp32', 1, 70),
    run('micro', 'cpu', 1, 20),
    run('micro', 'wasm', 1, 20.1),
  ];
  const text = await readFile(await writeEquivalence(folder, results), 'utf8');
  expect(text).toContain('| fp32 | 30.0 | 34.0 | 38.0 | 34.0 | 4.0 |');
  expect(text).toContain('| bf16 − fp32 | 1.0 | -1.0 | 1.0 | 0.3 | 1.2 |');
  expect(text).toContain(
    'It includes 0: these runs do not tell the modes apart. 3 seeds cannot see a difference below about 2.9 points.',
  );
  expect(text).toMatch(/## Blood cells \(bccd\)\n\nNot measured/);
  expect(text).toMatch(/\| wasm \| 4 \| 3\.3e-3 \| 1 \|/);
  expect((await readdir(folder)).sort()).toEqual(
    [
      ...[
        'bccd-loss.svg',
        'bccd-map.svg',
        'demo-loss.svg',
        'demo-map.svg',
        'micro-difference.svg',
        'micro-loss.svg',
      ].map((name) => `train-equivalence-${name}`),
      'train-equivalence.json',
      'train-equivalence.md',
    ].sort(),
  );
});

test('a difference beyond the spread is called one', async () => {
  const results = [
    ...[30, 31, 32].map((mAP, i) => run('bccd', 'fp32', i + 1, mAP)),
    ...[20, 21, 22.1].map((mAP, i) => run('bccd', 'bf16', i + 1, mAP)),
  ];
  const text = await readFile(await writeEquivalence(folder, results), 'utf8');
  expect(text).toContain('It excludes 0: in these runs bf16 is worse.');
});
