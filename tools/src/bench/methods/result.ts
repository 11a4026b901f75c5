import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@onebit/common';
import { readMetrics } from '@onebit/training';
import { buildClassifier } from '../../classifier/build.js';
import { isFinished } from '../../jobs/queue.js';
import type { ClassificationRecipe } from '../../recipes/classification.js';
import { readRunRecipe } from '../../recipes/recorded.js';
import { expectTask } from '../../recipes/schema.js';
import type { MethodJob } from './plan.js';

/** A finished training, as `result.json` in its folder and the document of the comparison keep it. */
export interface MethodRun {
  readonly method: string;
  readonly seed: number;
  /** Share of the test pictures whose highest logit is the right class, in percent. */
  readonly top1: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly optimizer: Readonly<Record<string, unknown>>;
  readonly schedule: Readonly<Record<string, unknown>>;
  /** `[step, mean loss since the point before]`, at most {@link curvePoints} of them. */
  readonly loss: readonly (readonly [step: number, loss: number])[];
  /** Of the whole run, evaluation included, in a process of one thread beside others. */
  readonly seconds: number;
  /** Trained pictures in these seconds. */
  readonly imagesPerSecond: number;
  /** Trained numbers: latent weights, and all others. */
  readonly parameters: { readonly latent: number; readonly other: number };
  readonly commit: string;
  readonly cpu: string;
}

const curvePoints = 10;

/** Result of a job that came to its end, or undefined; written beside the run the first time it is asked for. */
export async function resultOf(job: MethodJob): Promise<MethodRun | undefined> {
  const file = join(job.folder, 'result.json');
  const written = await readFile(file, 'utf8').catch(() => undefined);
  if (written !== undefined) return JSON.parse(written) as MethodRun;
  if (!(await isFinished(job.folder))) return undefined;
  const result = await readRun(job);
  await writeFileAtomic(file, `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

function parametersOf(recipe: ClassificationRecipe, classes: readonly string[]): MethodRun['parameters'] {
  const model = buildClassifier(recipe, classes);
  const count = { latent: 0, other: 0 };
  for (const [, { role, size }] of model.namedParameters()) count[role === 'latent' ? 'latent' : 'other'] += size;
  model.dispose();
  return count;
}

async function readRun({ folder, method, seed }: MethodJob): Promise<MethodRun> {
  const json = async <T>(file: string) => JSON.parse(await readFile(join(folder, file), 'utf8')) as T;
  const { step: steps, seconds } = await json<{ step: number; seconds: number }>('summary.json');
  const { training } = await json<{ training: Pick<MethodRun, 'optimizer' | 'schedule'> }>('config.json');
  const recorded = await readRunRecipe(folder);
  const recipe = expectTask(recorded.recipe, 'classification', folder);
  const { commit, cpu } = await json<{ commit?: string; cpu: string }>('environment.json');
  const { batchSize } = recipe.train;
  const { optimizer, schedule } = training;
  const lines = await readMetrics(folder);
  const loss = lines.flatMap((line) => (line.kind === 'train' ? [[line.step, line.total] as const] : []));
  const evaluated = lines.flatMap((line) => (line.kind === 'evaluation' ? [line] : []));
  return {
    method,
    seed,
    top1: rounded(100 * evaluated[evaluated.length - 1].metrics.top1),
    steps,
    batchSize,
    optimizer,
    schedule,
    loss: shortened(loss),
    seconds: Math.round(seconds),
    imagesPerSecond: Math.round((steps * batchSize) / seconds),
    parameters: parametersOf(recipe, recorded.classes),
    commit: commit ?? 'not a git checkout',
    cpu,
  };
}

/** Means over equal stretches of a curve, each at its last step. */
function shortened(curve: MethodRun['loss']): MethodRun['loss'] {
  const stretch = Math.ceil(curve.length / curvePoints);
  return Array.from({ length: Math.ceil(curve.length / stretch) }, (_, i) => {
    const part = curve.slice(i * stretch, (i + 1) * stretch);
    return [part[part.length - 1][0], rounded(part.reduce((sum, [, loss]) => sum + loss, 0) / part.length)] as const;
  });
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
