import type { Classified } from './classify.js';

/** Scores of a classifier over labelled pictures. */
export interface ClassifierScores {
  /** Share of pictures whose class is the most probable one, in [0, 1]. */
  readonly top1: number;
  /** Share of pictures whose class is among the five most probable ones. */
  readonly top5: number;
  /** Mean cross entropy. */
  readonly loss: number;
  /** [classes][classes]: pictures by true class (row) and most probable class. */
  readonly confusion: readonly (readonly number[])[];
}

/** Measures what {@link classifyAll} gave. */
export function measureClassifier(results: readonly Classified[], classes: number): ClassifierScores {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let [first, among, loss] = [0, 0, 0];
  for (const { sample, top, ...result } of results) {
    confusion[sample.label][top[0].label]++;
    if (top[0].label === sample.label) first++;
    if (top.some(({ label }) => label === sample.label)) among++;
    loss += result.loss;
  }
  const count = results.length;
  return { top1: first / count, top5: among / count, loss: loss / count, confusion };
}
