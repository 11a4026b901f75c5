import type { Evaluation, Progress } from '@onebit/training';
import { duration, type Output } from '../cli/output.js';
import type { Recipe, Task } from '../recipes/schema.js';

/** The metric that people read: its name in an evaluation, a share of 1, and its name for people. */
export interface MainMetric {
  readonly key: string;
  readonly title: string;
}

/** What decides which checkpoint of a task is the best. */
export const mainMetrics: Readonly<Record<Task, MainMetric>> = {
  detection: { key: 'mAP', title: 'mAP' },
  classification: { key: 'top1', title: 'top-1' },
};

/** A metric as people read it, `mAP 12.3 %`. */
export function metricText({ key, title }: MainMetric, evaluation: Evaluation | undefined): string {
  return `${title} ${evaluation ? `${(evaluation.metrics[key] * 100).toFixed(1)} %` : 'not measured'}`;
}

/** One line that lives: loss terms, speed, share of time spent waiting for data, time left, last evaluation. */
export function progressLine(recipe: Recipe, output: Output, metric: MainMetric) {
  const bar = output.progress(recipe.name, recipe.train.steps);
  let last = '';
  return {
    take: (progress: Progress) => {
      if (progress.kind === 'step') {
        const terms = Object.entries(progress.terms).map(([name, value]) => `${name} ${value.toFixed(2)}`);
        const speed = `${progress.imagesPerSecond.toFixed(1)} img/s, waits for data ${(progress.dataWait * 100).toFixed(0)} %`;
        bar.update(
          progress.step,
          [
            `loss ${progress.total.toFixed(2)} (${terms.join(', ')})`,
            speed,
            `ETA ${duration(progress.etaSeconds)}`,
            last,
          ]
            .filter(Boolean)
            .join(' | '),
        );
      } else if (progress.kind === 'evaluation') {
        last = metricText(metric, progress.evaluation);
      } else if (progress.kind === 'notice') {
        output.warn(progress.message);
      }
    },
    finish: (text?: string) => bar.finish(text),
  };
}
