import type { ImageClassifier } from '@onebit/backbones';
import { OnebitError } from '@onebit/common';
import { loaderDefaults } from '@onebit/datasets';
import { tf } from '@onebit/ops';
import { nativeBackendName } from '@onebit/tfjs-backend-native';
import { systemMemory } from '@onebit/training';
import { bytes } from '../cli/output.js';
import type { Recipe } from '../recipes/schema.js';
import { type MemoryEstimate, MemoryModel } from '../workloads/memory.js';

/** Where memory for training ends, in bytes, and what sets the bound. */
interface Room {
  readonly bytes: number;
  readonly bound: string;
}

/** An estimate, and what it leaves. */
export interface MemoryCheck {
  readonly estimate: MemoryEstimate;
  /** Bytes that the process may take beyond the estimate. */
  readonly spare: number;
}

/**
 * Estimates what training takes and compares it with what is free, before anything is begun. Other back ends than the native one manage memory that
 * cannot be watched: there is no estimate then, and nothing is refused.
 * @param limitGiB what the process may take; by default what the machine, or the control group it is in, has free.
 * @throws OnebitError ERR_MEMORY with the largest batch that fits; ERR_USAGE for a limit that is none.
 */
export async function checkMemory(
  recipe: Recipe,
  classes: readonly string[],
  {
    workers = loaderDefaults().workers,
    limitGiB,
    teacher,
  }: { readonly workers?: number; readonly limitGiB?: number; readonly teacher?: ImageClassifier },
): Promise<MemoryCheck | undefined> {
  if (limitGiB !== undefined && !(limitGiB > 0)) {
    throw new OnebitError('ERR_USAGE', `--memory-limit must be a number of GiB greater than 0, got ${limitGiB}`);
  }
  if (tf.getBackend() !== nativeBackendName) return undefined;
  const model = await MemoryModel.of(recipe, classes, workers, teacher);
  const estimate = model.at(recipe.train.batchSize);
  const room = roomOf(limitGiB);
  if (estimate.total > room.bytes) throw tooLarge(recipe, estimate, room, model);
  return { estimate, spare: room.bytes - estimate.total };
}

/** What this process may take in all: what it has, and what is free beside it. */
function roomOf(limitGiB: number | undefined): Room {
  if (limitGiB !== undefined) return { bytes: limitGiB * 2 ** 30, bound: '--memory-limit' };
  const { free, bound } = systemMemory();
  return { bytes: free + process.memoryUsage.rss(), bound: `the ${bound}` };
}

function tooLarge(recipe: Recipe, { total, batch }: MemoryEstimate, room: Room, model: MemoryModel): OnebitError {
  const fits = model.largestBatch(room.bytes, batch);
  const accumulate = Math.ceil((batch * recipe.train.accumulate) / Math.max(1, fits));
  const fix =
    fits === 0
      ? `even a batch of 1 takes ${bytes(model.at(1).total)}: take smaller pictures (model.imageSize) or fewer channels (model.width)${recomputeHint(recipe)}`
      : `the largest batch that fits is ${fits}: --set train.batchSize=${fits}, and --set train.accumulate=${accumulate} for steps of as many pictures${recomputeHint(recipe)}`;
  return new OnebitError(
    'ERR_MEMORY',
    `${recipe.name}: training at batch ${batch} must fit into the ${bytes(room.bytes)} that ${room.bound} has for it, it takes about ${bytes(total)}; ${fix}`,
  );
}

function recomputeHint({ train }: Recipe): string {
  return train.recompute ? '' : '; --set train.recompute=true takes less memory and more time';
}
