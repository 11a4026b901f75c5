import type { ImageId } from '../bootstrap/image-metric.js';
import { breakDown, isMissed } from './breakdown.js';
import { Outcome, type Verdicts } from './classify.js';
import { groupByImage, type TideInput } from './tide-input.js';
import {
  byType,
  type TideError,
  type TideErrorFilter,
  type TideErrorType,
  type TideOptions,
  type TideResult,
  tideErrorTypes,
} from './types.js';

/** Names of what the columns hold. */
export interface TideNames {
  readonly classes: readonly string[];
  readonly imageIds: readonly ImageId[];
}

/** The breakdown of checked input with names in place of indices. */
export function tideReport(input: TideInput, names: TideNames, options: Required<TideOptions>): TideResult {
  const { verdicts, ap, dAP, special, perClass } = breakDown(input, options);
  return {
    ...options,
    ap,
    dAP,
    special,
    counts: byType((type) => perClass.counts[type].reduce((sum, count) => sum + count, 0)),
    perClass: names.classes.map((name, k) => ({
      name,
      ap: perClass.ap[k],
      dAP: byType((type) => perClass.dAP[type][k]),
      counts: byType((type) => perClass.counts[type][k]),
      objects: perClass.objects[k],
    })),
    errors: (only = {}) => [...selected(errorsOf(input, verdicts, names.imageIds, only.image), only)],
  };
}

const typeOfOutcome = new Map<number, TideErrorType>(
  tideErrorTypes.flatMap((type) => (type === 'Miss' ? [] : [[Outcome[type], type]])),
);

/** The errors of one image, or of all. */
function* errorsOf(
  input: TideInput,
  verdicts: Verdicts,
  imageIds: readonly ImageId[],
  only: ImageId | undefined,
): Generator<TideError> {
  const ranked = groupByImage(input.detections.image, input.images, verdicts.order);
  const listed = groupByImage(
    input.objects.image,
    input.images,
    Int32Array.from(input.objects.label, (_, j) => j),
  );
  for (const [i, image] of imageIds.entries()) {
    if (only !== undefined && image !== only) continue;
    const objects = listed.items.subarray(listed.offsets[i], listed.offsets[i + 1]);
    for (const detection of ranked.items.subarray(ranked.offsets[i], ranked.offsets[i + 1])) {
      const type = typeOfOutcome.get(verdicts.outcome[detection]);
      if (type === undefined) continue;
      const near = objects.indexOf(verdicts.target[detection]);
      const object = near < 0 ? undefined : near;
      yield {
        type,
        image,
        detection,
        object,
        label: input.detections.label[detection],
        iou: verdicts.overlap[detection],
      };
    }
    for (const [object, j] of objects.entries()) {
      if (isMissed(input, verdicts, j)) yield { type: 'Miss', image, object, label: input.objects.label[j], iou: 0 };
    }
  }
}

function* selected(errors: Iterable<TideError>, { type, label }: TideErrorFilter): Generator<TideError> {
  for (const error of errors) {
    if ((type === undefined || error.type === type) && (label === undefined || error.label === label)) yield error;
  }
}
