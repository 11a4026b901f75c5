import { OnebitError } from '@onebit/common';
import type { DetectionObject, DetectionSample } from '../types.js';
import type { LoaderOptions } from './types.js';

/** Boxes below one pixel are rubbish of annotation tools: nothing can be learnt from them, and their logarithm disturbs box coding. */
const smallestSide = 1;

/** The samples and objects that training uses. */
export function trainingSamples(
  samples: readonly DetectionSample[],
  { keepDifficult = false, keepEmpty = false, batchSize, dropLast = true }: LoaderOptions,
): readonly DetectionSample[] {
  const isUsed = ({ box: [x1, y1, x2, y2], difficult }: DetectionObject) =>
    (keepDifficult || !difficult) && x2 - x1 >= smallestSide && y2 - y1 >= smallestSide;
  const used = samples
    .map((sample) => ({ ...sample, objects: sample.objects.filter(isUsed) }))
    .filter((sample) => keepEmpty || sample.objects.length > 0);
  const needed = dropLast ? batchSize : 1;
  if (used.length >= needed) return used;
  throw new OnebitError(
    'ERR_DATA',
    `createLoader: must have at least ${needed} pictures with objects for a batch, found ${used.length} among ${samples.length}. ` +
      'Lower batchSize, set dropLast: false or keepEmpty: true, or look at the split and the class map.',
  );
}
