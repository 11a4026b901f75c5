import type { ClassificationRecipe } from '../recipes/classification.js';

type RecipeSchedule = ClassificationRecipe['train']['schedule'];

/** A recipe's schedule for a part of a search: the warm-up, meant for a training many times as long, takes a tenth of the steps at most. */
export function shortenedWarmup({ warmup, ...schedule }: RecipeSchedule, steps: number): RecipeSchedule {
  const most = Math.floor(steps / 10);
  if (warmup === undefined || most === 0) return schedule;
  return { ...schedule, warmup: { ...warmup, steps: Math.min(warmup.steps, most) } };
}
