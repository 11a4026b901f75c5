import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OnebitError } from '@onebit/common';
import { differences, type JsonObject, plainJson } from '../json.js';
import { type Resume, writeJson } from '../run-folder.js';
import type { TrainResult } from '../train-options.js';
import { type PlannedStage, planStages, type Stage } from './plan.js';

/** Says what stages a folder holds. */
const planFile = 'stages.json';

export interface StagesOptions<S extends Stage> {
  /** Plain data, fit for JSON: they are kept in `stages.json`. */
  readonly stages: readonly S[];
  /** Folder of all stages. */
  readonly output: string;
  /** Continue stages found in `output`, or refuse to touch it (default). */
  readonly resume?: Resume;
  /** Trains one stage into its folder (folders are paths here), from and with what stands in the others, by `train` with the `resume` it is given. */
  trainStage(place: PlannedStage<S>, resume: Resume): Promise<TrainResult>;
}

/** A stage and how it ended. */
export interface StageResult<S extends Stage> extends PlannedStage<S> {
  readonly result: TrainResult;
}

/**
 * Trains stages one after another, each a run of its own in a folder `<number>-<name>` below `output`: what is binary, what is learnt from and for how long may differ
 * from stage to stage, weights and teachers come from earlier ones. Killed at any point and called again with `resume: 'auto'`, it skips what is finished and goes on
 * in the middle of the stage that was not, with the numbers of an uninterrupted run.
 * @returns every stage with its result, finished ones included
 * @throws OnebitError ERR_RECIPE (a plan that cannot be, or another one than `stages.json` has), ERR_UNKNOWN_NAME, ERR_OUTPUT, and whatever a stage throws
 */
export async function runStages<S extends Stage>(options: StagesOptions<S>): Promise<StageResult<S>[]> {
  const { stages, output, resume = 'never' } = options;
  const planned = planStages(stages);
  await claimFolder(output, plainJson({ stages }) as JsonObject, resume);
  const results: StageResult<S>[] = [];
  for (const { stage, folder, initial, teacher } of planned) {
    const place = {
      stage,
      folder: join(output, folder),
      initial: initial && join(output, initial),
      teacher: teacher && join(output, teacher),
    };
    const result = (await finishedResult(place.folder)) ?? (await options.trainStage(place, resume));
    results.push({ ...place, result });
  }
  return results;
}

/**
 * Folder of the last stage below `output` whose run has come to its end; nothing where `output` holds no stages.
 * @throws OnebitError ERR_CHECKPOINT where none of them has
 */
export async function lastFinishedStage(output: string): Promise<string | undefined> {
  const plan = await readJson(join(output, planFile));
  if (plan === undefined) return undefined;
  const folders = planStages(plan.stages as unknown as Stage[]).map(({ folder }) => join(output, folder));
  for (const folder of folders.reverse()) {
    if ((await finishedResult(folder)) !== undefined) return folder;
  }
  throw new OnebitError(
    'ERR_CHECKPOINT',
    `${output}: none of its stages has come to its end; continue them, or name the folder of a stage, such as ${folders.at(-1)}`,
  );
}

async function claimFolder(output: string, plan: JsonObject, resume: Resume): Promise<void> {
  const path = join(output, planFile);
  const found = await readJson(path);
  if (found === undefined) {
    await mkdir(output, { recursive: true }).catch((error) => {
      throw new OnebitError('ERR_OUTPUT', `${output}: can't be made (${error.code}); choose another output folder`, {
        cause: error,
      });
    });
    await writeJson(path, plan);
    return;
  }
  if (resume !== 'auto') {
    throw new OnebitError(
      'ERR_OUTPUT',
      `${output}: already holds stages; choose another output folder, or continue them with resume: 'auto'`,
    );
  }
  const differing = differences(found, plan);
  if (differing.length > 0) {
    throw new OnebitError(
      'ERR_RECIPE',
      `${output}: holds other stages, so they can't be resumed. Differing: ${differing.join('; ')}. Use the recipe of that run, or choose another output folder`,
    );
  }
}

/** The result of a stage whose run has come to its end. */
async function finishedResult(folder: string): Promise<TrainResult | undefined> {
  const summary = await readJson(join(folder, 'summary.json'));
  if (summary?.status !== 'finished') return undefined;
  const { step, images, seconds, evaluation, best, checkpoint } = summary as unknown as TrainResult;
  return { step, images, seconds, evaluation, best, checkpoint };
}

async function readJson(path: string): Promise<JsonObject | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new OnebitError('ERR_OUTPUT', `${path}: can't be read (${error.code}); choose another output folder`, {
      cause: error,
    });
  });
  return text === undefined ? undefined : JSON.parse(text);
}
