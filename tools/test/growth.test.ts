import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hasNative, scratchFolder, shapesSet } from './support/runs.js';

const native = hasNative();
const folder = await scratchFolder();
const child = fileURLToPath(new URL('./growth-child.mjs', import.meta.url));

interface Sample {
  readonly step: number;
  readonly tensors: number;
  readonly bytes: number;
  /** Memory of the process in bytes: resident, of that outside V8's heap, objects of JavaScript, and the arrays under tensors. */
  readonly rss: number;
  readonly outside: number;
  readonly heapUsed: number;
  readonly arrayBuffers: number;
}

/** Trains in a process of its own, with evaluations and checkpoints on the way, and looks at its memory after the steps named. */
async function watchTraining(steps: number, looks: readonly number[]): Promise<Sample[]> {
  if (!existsSync(new URL('../dist/main.js', import.meta.url))) throw new Error('run `npx tsc -b` before these tests');
  const settings = {
    'model.width': 0.125,
    'model.imageSize': 64,
    'model.bottleneck.startStep': 100,
    'train.batchSize': 2,
    'train.steps': steps,
    'train.evaluateEvery': 400,
    'train.checkpointEvery': 200,
    'data.evalSplit': 'val',
  };
  const args = ['--expose-gc', child, await shapesSet(folder, 16, 4), join(folder, 'run')];
  const process_ = spawn(process.execPath, [...args, JSON.stringify(settings), looks.join(',')], {
    // glibc hands freed blocks of 64 KiB and more back at once: what is resident is then what is in use, and not what once was.
    env: { ...process.env, ONEBIT_THREADS: '1', MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '65536' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(process_.stdout));
}

/** `npm run test:growth` asks for 10,000. */
const steps = Number(process.env.ONEBIT_GROWTH_STEPS ?? 3000);

test.skipIf(!native)(
  `${steps} steps of a detector leave no tensor and no memory behind`,
  { timeout: 150 * steps },
  async () => {
    const early = [990, 1030, 1070, 1110, 1150, 1190];
    const late = [510, 410, 310, 210, 110, 10].map((before) => steps - before);
    const samples = await watchTraining(steps, [...early, ...late]);
    if (process.env.ONEBIT_GROWTH_STEPS !== undefined) console.table(samples.map(inMebibytes));
    expect(samples.map(({ step }) => step)).toEqual([...early, ...late]);
    expect(new Set(samples.map(({ tensors }) => tensors)).size).toBe(1);
    expect(new Set(samples.map(({ bytes }) => bytes)).size).toBe(1);

    // The least of several looks: between two of them the collector and the pool of arrays move some MiB back and forth. V8's young generation alone comes and goes by 40: what is resident is counted outside its heap.
    const grown = (what: 'outside' | 'heapUsed' | 'arrayBuffers') => {
      const least = (steps: readonly number[]) =>
        Math.min(...samples.filter(({ step }) => steps.includes(step)).map((sample) => sample[what]));
      return (least(late) - least(early)) / 2 ** 20;
    };
    // In MiB. One lost map of the first stage in each step (64 KiB) would be 90 or more; measured over 2,000 steps: 2 outside the heap.
    // The first 1,000 steps are not looked at: V8 compiles and finds its sizes.
    expect(grown('heapUsed')).toBeLessThan(4);
    expect(grown('arrayBuffers')).toBeLessThan(8);
    expect(grown('outside')).toBeLessThan(32);
  },
);

function inMebibytes({ step, tensors, bytes, ...memory }: Sample) {
  const mebibytes = Object.entries({ tensorBytes: bytes, ...memory }).map(([name, value]) => [
    name,
    Number((value / 2 ** 20).toFixed(2)),
  ]);
  return { step, tensors, ...Object.fromEntries(mebibytes) };
}
