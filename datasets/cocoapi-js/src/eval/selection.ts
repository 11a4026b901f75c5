import type { Cell, Selection } from './accumulate.js';
import { evalError } from './checks.js';
import { copyParams, type Params } from './params.js';

/** Parameters of an accumulation in terms of the evaluation before it. */
export interface Selected {
  /** Normalised copy; without categories its `catIds` is [-1]. */
  readonly params: Params;
  readonly selection: Selection;
  readonly areas: readonly Pick<Cell, 'area' | 'label'>[];
}

/**
 * Finds the parameters `p` among the evaluated ones, of which they may be a part.
 * @throws CocoError naming what was not evaluated.
 */
export function select(evaluated: Params, p: Params): Selected {
  const params = copyParams(p);
  params.maxDets.sort((a, b) => a - b);
  const largest = evaluated.maxDets[evaluated.maxDets.length - 1];
  for (const limit of params.maxDets) {
    if (!(limit <= largest)) throw notEvaluated('maxDets', limit, `at most ${largest}`);
  }
  if (params.useCats !== evaluated.useCats) throw notEvaluated('useCats', params.useCats, `${evaluated.useCats}`);
  const ranges = evaluated.areaRng.map((range) => range.join());
  const areas = indexes(
    'areaRng',
    ranges,
    params.areaRng.map((range) => range.join()),
  );
  const categories = params.useCats ? indexes('catIds', evaluated.catIds, params.catIds) : [0];
  if (!params.useCats) params.catIds = [-1];
  return {
    params,
    selection: {
      thresholds: indexes('iouThrs', evaluated.iouThrs, params.iouThrs),
      categories,
      recThrs: params.recThrs,
      weights: weightsOf(evaluated, params),
    },
    areas: areas.map((area, i) => ({ area, label: params.areaRngLbl[i] })),
  };
}

/** 1 for the images that are taken; undefined when all are. */
function weightsOf(evaluated: Params, { imgIds }: Params): Uint32Array | undefined {
  const images = indexes('imgIds', evaluated.imgIds, imgIds);
  const weights = new Uint32Array(evaluated.imgIds.length);
  for (const image of images) weights[image] = 1;
  return weights.includes(0) ? weights : undefined;
}

function indexes<T>(name: string, evaluated: readonly T[], selected: readonly T[]): number[] {
  const position = new Map(evaluated.map((value, i) => [value, i]));
  return selected.map((value) => {
    const index = position.get(value);
    if (index === undefined) throw notEvaluated(name, value, 'one that was evaluated');
    return index;
  });
}

function notEvaluated(name: string, found: unknown, expected: string) {
  return evalError(`params.${name}`, `must be ${expected}, found ${found}; call evaluate() with it first`);
}
