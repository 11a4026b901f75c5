import { loaderDefaults } from '@onebit/datasets';
import type { ClassificationRecipe } from '../../recipes/classification.js';
import { type RunPlace, trainOptionsOf } from '../../trainer/options.js';
import { shortenedWarmup } from '../schedule.js';
import { type Halves, Loaders } from './data.js';
import type { CellsSettings } from './options.js';

/** A part of a search that is a run of its own. */
export interface SearchPhase extends RunPlace {
  /** The recipe that the search was begun with. */
  readonly recipe: ClassificationRecipe;
  readonly settings: CellsSettings;
  readonly halves: Halves;
  readonly classes: readonly string[];
  readonly workers?: number;
  /** Folder of the run whose last weights it begins with. */
  readonly initial?: string;
}

/** The recipe's training cut to `steps`. */
export function phaseRecipe(recipe: ClassificationRecipe, name: string, steps: number): ClassificationRecipe {
  const schedule = shortenedWarmup(recipe.train.schedule, steps);
  const alone = { accumulate: 1, ema: null, recalibrate: null, evaluateEvery: null };
  return { ...recipe, name: `${recipe.name}-${name}`, train: { ...recipe.train, steps, schedule, ...alone } };
}

/** What all phases tell `train` alike, and the loaders of their batches, which the caller closes. */
export function phaseOptions(phase: SearchPhase, recipe: ClassificationRecipe) {
  const { classes, initial, workers } = phase;
  const init = initial === undefined ? undefined : { from: initial, checkpoint: 'latest' as const, match: '**' };
  const loaders = new Loaders(recipe, { workers, cacheBytes: loaderDefaults().cacheBytes / 2 });
  return { loaders, options: trainOptionsOf({ ...recipe, init }, classes, { ...phase, resume: true }) };
}
