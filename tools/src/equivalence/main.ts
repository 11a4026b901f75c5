import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { OnebitError } from '@onebit/common';
import { makeGeneratedSet, makeShapesSet } from '@onebit/datasets';
import { runAll } from '../jobs/queue.js';
import { demoSet } from '../recipes/demo.js';
import { experiments, planRuns } from './plan.js';
import { writeEquivalence } from './report.js';
import { readResults } from './results.js';

const usage = `npm run train:equivalence -- [options]
Trains the same detectors with fp32 and bf16 gradients and on every back end, and writes docs/results/train-equivalence.md. May be stopped and started again.
  --only NAME        one of ${experiments.join(', ')}; may be given more than once (default: all)
  --steps N          steps of a training on bccd (default 2000)
  --micro-steps N    steps of the micro detector (default 200)
  --jobs N           runs at a time, each of one thread (default 2)
  --out DIR          folder of the runs (default runs/train-equivalence)
  --results DIR      folder of the page (default docs/results)
  --report           only write the page from the runs that are finished
bccd is looked for in $ONEBIT_DATASETS (folders as README.md says).`;

/** The program behind `npm run train:equivalence`; returns its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [...experiments] },
      steps: { type: 'string', default: '2000' },
      'micro-steps': { type: 'string', default: '200' },
      jobs: { type: 'string', default: '2' },
      out: { type: 'string', default: 'runs/train-equivalence' },
      results: { type: 'string', default: 'docs/results' },
      report: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const runs = planRuns({
    root: values.out,
    scenes: `generated:${join(values.out, 'scenes')}`,
    shapes: `generated:${join(values.out, 'shapes')}`,
    bccd: `voc:${join(process.env.ONEBIT_DATASETS ?? '../shared/datasets', 'bccd')}`,
    bccdSteps: count('--steps', values.steps),
    microSteps: count('--micro-steps', values['micro-steps']),
  });
  const unknown = values.only.find((name) => !experiments.some((known) => known === name));
  if (unknown !== undefined) throw usageError(`--only must be one of ${experiments.join(', ')}, got ${unknown}`);
  const chosen = runs.filter(({ experiment }) => values.only.includes(experiment));
  const failures = values.report ? [] : await makeAll(values.out, chosen, count('--jobs', values.jobs));
  const page = await writeEquivalence(values.results, await readResults(runs));
  console.log(`page: ${page}`);
  for (const { name, reason } of failures) console.error(`${name} failed: ${reason}`);
  return failures.length === 0 ? 0 : 1;
}

/** Makes the generated sets, then the runs. The first Ctrl-C lets the running ones write a checkpoint. */
async function makeAll(folder: string, runs: ReturnType<typeof planRuns>, jobs: number) {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupt.abort());
  const { signal } = interrupt;
  await makeShapesSet({ output: join(folder, 'shapes'), parts: { train: 16, val: 4 }, signal });
  if (runs.some(({ experiment }) => experiment === 'demo')) {
    await makeGeneratedSet({ ...demoSet(false), output: join(folder, 'scenes'), signal });
  }
  return runAll(runs, {
    jobs,
    signal,
    say: (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`),
  });
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw usageError(`${option} must be a whole number of at least 1, got ${JSON.stringify(text)}`);
  }
  return value;
}

function usageError(what: string): OnebitError {
  return new OnebitError('ERR_USAGE', `train:equivalence: ${what}; see --help`);
}
