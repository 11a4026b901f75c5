import { PanopticEvaluator } from '@onebit/eval';
import type { Metric, OnProgress } from './metric.js';
import { type PanopticPairs, readPanopticMap } from './panoptic-files.js';
import type { Score } from './score.js';

/** Panoptic quality (Kirillov et al., CVPR 2019, arXiv 1801.00868). */
export const panopticMetric: Metric = {
  name: 'pq',
  title: 'panoptic quality of COCO',
  convention:
    'segments match at IoU > 0.5 without void, crowds are never matched or missed, predictions mostly on void or crowd do not count, mean over the categories that occur',
  compares: 'segments',
  uses: ['lenient'],
  async open(inputs) {
    const pairs = await inputs.panoptic();
    return (onProgress) => scorePanoptic(pairs, !inputs.lenient, onProgress);
  },
};

async function scorePanoptic(
  { categories, pairs }: PanopticPairs,
  strict: boolean,
  onProgress: OnProgress,
): Promise<Score> {
  const evaluator = new PanopticEvaluator(categories, { strict });
  for (const [done, { id, truth, prediction }] of pairs.entries()) {
    const [gt, dt] = await Promise.all([readPanopticMap(truth), readPanopticMap(prediction)]);
    evaluator.add(gt, dt, { id, width: gt.width });
    onProgress(done + 1, pairs.length, 'pictures');
  }
  const { all, things, stuff, perCategory } = evaluator.result();
  const value = (score: number, inMean: boolean) => (inMean ? score : Number.NaN);
  return {
    settings: { images: pairs.length, categories: categories.length, categoriesInMean: all.categories },
    measures: [
      { name: 'PQ', value: all.pq },
      { name: 'SQ', value: all.sq },
      { name: 'RQ', value: all.rq },
      { name: `PQ of ${things.categories} things`, value: things.pq },
      { name: `PQ of ${stuff.categories} stuff`, value: stuff.pq },
    ],
    perClass: perCategory.map(({ name, pq, sq, rq, inMean, truePositives, falsePositives, falseNegatives }) => ({
      name,
      values: { PQ: value(pq, inMean), SQ: value(sq, inMean), RQ: value(rq, inMean) },
      counts: { found: truePositives, false: falsePositives, missed: falseNegatives },
    })),
    plots: [],
    notes: [`${all.categories} of ${categories.length} categories occur and are in the mean`],
    perImage: evaluator.imageMetrics(),
  };
}
