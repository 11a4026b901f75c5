import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nativeReport } from '@onebit/kernels';
import { readCheckpoint, readMetrics } from '@onebit/training';
import { afterAll } from 'vitest';
import { onebitJson } from './cli.js';

/** Whether there is a native back end to test with; `ONEBIT_REQUIRE=native` makes its absence a failure. */
export function hasNative(): boolean {
  const { available, tried } = nativeReport();
  const isRequired = (process.env.ONEBIT_REQUIRE ?? '').split(',').includes('native');
  if (!available && isRequired) throw new Error(`ONEBIT_REQUIRE names native, but: ${tried.join('; ')}`);
  return available;
}

/** A folder for all tests of a file. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onebit-tools-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a set of circles, squares and triangles; returns how commands name it. */
export async function shapesSet(folder: string, train: number, val: number): Promise<string> {
  const parts = ['--part', `train=${train}`, '--part', `val=${val}`];
  await onebitJson(['dataset', 'make', '--shapes', '-o', join(folder, 'shapes'), ...parts]);
  return `generated:${join(folder, 'shapes')}`;
}

/** Changes that turn a recipe of the demo into a detector of the smallest size there is, with every term of its loss in force early. */
export function tinySettings(changes: Readonly<Record<string, unknown>> = {}): string[] {
  const settings = {
    'model.width': 0.125,
    'model.imageSize': 64,
    'train.batchSize': 4,
    'train.steps': 4,
    'train.schedule.warmup.steps': 2,
    'train.evaluateEvery': null,
    'data.evalSplit': 'val',
    ...changes,
  };
  return Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${JSON.stringify(value)}`]);
}

/** The numbers of a run that must not depend on when and how often it ran: metrics without times and speeds, the last checkpoint. */
export async function numbersOf(run: string) {
  const metrics = (await readMetrics(run)).map((line) =>
    line.kind === 'train'
      ? { step: line.step, rate: line.rate, total: line.total, terms: line.terms, gradientNorm: line.gradientNorm }
      : { step: line.step, weights: line.weights, metrics: line.metrics },
  );
  const { state, model, ema, optimizer } = await readCheckpoint(run);
  const tensors = { model, ema: ema ?? new Map(), ...Object.fromEntries(optimizer.slots) };
  const bytes = Object.entries(tensors).flatMap(([group, named]) =>
    [...named].map(([name, { data }]) => [`${group}/${name}`, digest(data)]),
  );
  return {
    metrics,
    state: { ...state, seconds: 0 },
    updates: optimizer.updates,
    tensors: Object.fromEntries(bytes) as Record<string, string>,
  };
}

function digest({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}
