import { CocoError } from '../errors.js';
import type { CocoId } from '../types.js';
import type { Params } from './params.js';

/** Something that makes pycocotools give a wrong number without a word. */
export interface EvalFinding {
  readonly code:
    | 'empty-parameter'
    | 'unsorted-recalls'
    | 'unknown-id'
    | 'not-a-score'
    | 'headline-limit'
    | 'box-as-mask'
    | 'area-of-box'
    | 'category-without-objects';
  /** Parameter or entry: `params.maxDets`, `detections[5].score`. */
  readonly place: string;
  readonly message: string;
}

/** Throws the finding, or keeps it; see `COCOeval`. */
export type Report = (finding: EvalFinding) => void;

/** An error in the words of every error of `COCOeval`. */
export function evalError(place: string, complaint: string): CocoError {
  return new CocoError('COCOeval', place, complaint);
}

/**
 * Checks parameters before anything is computed.
 * @throws CocoError for what has no result in pycocotools either; all else is reported.
 */
export function checkParams(
  params: Params,
  images: ReadonlySet<CocoId>,
  categories: ReadonlySet<CocoId>,
  report: Report,
): void {
  const { iouThrs, recThrs, maxDets, areaRng, areaRngLbl, imgIds, catIds, useCats } = params;
  if (iouThrs.length === 0) throw evalError('params.iouThrs', 'must hold at least one threshold, found none');
  if (maxDets.length === 0) throw evalError('params.maxDets', 'must hold at least one limit, found none');
  checkNumbers('params.iouThrs', iouThrs);
  checkNumbers('params.recThrs', recThrs);
  for (const [i, limit] of maxDets.entries()) {
    if (Number.isInteger(limit) && limit >= 0) continue;
    throw evalError(`params.maxDets[${i}]`, `must be a whole number of detections, found ${limit}`);
  }
  for (const [i, range] of areaRng.entries()) checkNumbers(`params.areaRng[${i}]`, range, 2);
  if (areaRng.length !== areaRngLbl.length) {
    throw evalError('params.areaRngLbl', `must name the ${areaRng.length} area ranges, found ${areaRngLbl.length}`);
  }
  if (!useCats && new Set(catIds).size < catIds.length) {
    throw evalError(
      'params.catIds',
      'must not hold an id twice when useCats is 0: its objects would be evaluated twice',
    );
  }
  if (recThrs.length === 0) report(emptyList('params.recThrs', 'gives -1 for every precision'));
  if (recThrs.some((threshold, r) => threshold < recThrs[r - 1])) {
    const message = 'must ascend: pycocotools gives 0 for every recall behind one that is not reached';
    report({ code: 'unsorted-recalls', place: 'params.recThrs', message });
  }
  if (areaRng.length === 0) report(emptyList('params.areaRng', 'gives -1 for every number'));
  reportUnknown('params.imgIds', imgIds, images, 'image', report);
  reportUnknown('params.catIds', catIds, categories, 'category', report);
}

function checkNumbers(place: string, values: readonly number[], length = values.length): void {
  if (values.length === length && !values.some(Number.isNaN)) return;
  throw evalError(place, `must hold ${length} numbers, found [${values.join(', ')}]`);
}

function emptyList(place: string, consequence: string): EvalFinding {
  return { code: 'empty-parameter', place, message: `must not be empty: pycocotools ${consequence}` };
}

function reportUnknown(
  place: string,
  ids: readonly CocoId[],
  known: ReadonlySet<CocoId>,
  what: string,
  report: Report,
): void {
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  const more = unknown.length > 1 ? ` and ${unknown.length - 1} more` : '';
  const message = `must be ids of the ground truth, found ${JSON.stringify(unknown[0])}${more}, the id of no ${what}: pycocotools evaluates nothing there`;
  report({ code: 'unknown-id', place, message });
}

/**
 * Checks that the twelve numbers exist for these limits.
 * @throws CocoError for fewer than three, where pycocotools stops with an IndexError.
 */
export function checkSummary({ maxDets }: Params, report: Report): void {
  if (maxDets.length < 3) {
    throw evalError(
      'params.maxDets',
      `must hold three limits for the twelve numbers, found [${maxDets.join(', ')}]; the arrays in eval, perCategory() and precisionRecall() need no third`,
    );
  }
  if (maxDets.includes(100)) return;
  report({
    code: 'headline-limit',
    place: 'params.maxDets',
    message: `must hold 100, found [${maxDets.join(', ')}]: the first of the twelve numbers is defined at 100 detections and pycocotools gives -1; perCategory() has AP at the largest limit`,
  });
}
