import { type ApMetric, boxMatches, VocEvaluator, type VocMapResult, type VocRule, vocMetrics } from '@onebit/eval';
import type { CurvePlot } from '../report/plots.js';
import type { BoxSet } from './boxes.js';
import { meanCurve, thinned } from './curves.js';
import { matchPlots } from './match-plots.js';
import type { Metric, Settings } from './metric.js';
import type { Score } from './score.js';

const rules: Readonly<Record<VocRule, { suffix: string; title: string; convention: string }>> = {
  devkit: {
    suffix: '',
    title: "VOC devkit's rule",
    convention:
      'IoU >= threshold on inclusive pixels, stable order of ties, classes without objects left out of the mean',
  },
  python: {
    suffix: '-python',
    title: 'rule of py-faster-rcnn and detectron2',
    convention: 'IoU > threshold on inclusive pixels, classes without objects averaged in',
  },
  ssd: {
    suffix: '-ssd',
    title: 'rule of ssd.pytorch and BiDet SSD',
    convention:
      'IoU > threshold without the +1, objects moved by one pixel against detections, a class without detections counts as -1; only for comparison with numbers of those repositories',
  },
};

const averages: Readonly<Record<ApMetric, { name: string; title: string; convention: string }>> = {
  '11-point': { name: 'voc07', title: 'VOC2007 mAP', convention: '11-point interpolation' },
  area: { name: 'voc12', title: 'VOC2010-2012 mAP', convention: 'area under the precision envelope' },
};

/** The two averages of VOC by the three rules that published numbers follow. */
export const vocMetricTable: readonly Metric[] = (['devkit', 'python', 'ssd'] as const).flatMap((rule) =>
  (['11-point', 'area'] as const).map((average): Metric => {
    const { name, title, convention } = averages[average];
    return {
      name: name + rules[rule].suffix,
      title: `${title} (${rules[rule].title})`,
      convention: `${convention}; ${rules[rule].convention}; difficult objects and crowds ignored`,
      compares: 'boxes',
      uses: ['iou', 'split', 'classes', 'lenient', 'renumber'],
      async open(inputs, settings) {
        const boxes = await inputs.boxes();
        return () => scoreVoc(boxes, rule, average, settings);
      },
    };
  }),
);

/** The name under which `--metric` knows a rule and an average. */
export function vocMetricName(rule: VocRule, average: ApMetric): string {
  return averages[average].name + rules[rule].suffix;
}

function scoreVoc({ truth, found }: BoxSet, rule: VocRule, metric: ApMetric, settings: Settings): Score {
  const { classes, coordinates } = truth;
  const iou = settings.iou?.[0] ?? 0.5;
  const evaluator = new VocEvaluator({ classes, metric, rule, iou, coordinates });
  for (const { id, objects } of truth.images) evaluator.addImage(id, objects);
  for (const { image, ...detection } of found.detections) evaluator.addDetections(image, [detection]);
  const result = evaluator.result();
  const matches = boxMatches(truth.images, found.detections, { classes: classes.length, iou, coordinates });
  const without = result.withoutObjects;
  return {
    settings: { iou, images: truth.images.length, classes: classes.length, detections: found.detections.length },
    measures: [{ name: `mAP@${iou}`, value: result.mAP }],
    perClass: result.perClass.map(({ name, ap, truths, detections }) => ({
      name,
      values: { AP: ap },
      counts: { objects: truths, detections },
    })),
    plots: [curvePlot(result), ...matchPlots(matches, classes)],
    notes: [
      ...truth.notes,
      ...found.notes,
      ...(without.length > 0 ? [`without an object that counts, and left out of the mean: ${without.join(', ')}`] : []),
    ],
    perImage: vocMetrics(evaluator),
  };
}

function curvePlot({ perClass, iou }: VocMapResult): CurvePlot {
  const curves = perClass
    .filter(({ truths, detections }) => truths > 0 && detections > 0)
    .map(({ name, recall, precision }) => ({ name, points: thinned(recall, precision) }));
  const mean = meanCurve(perClass.filter(({ truths }) => truths > 0));
  return {
    kind: 'curves',
    id: 'precision-recall',
    title: `Precision and recall at IoU ${iou}`,
    caption: `One curve a class, every detection a point; black: mean over classes of the best precision at each recall or beyond.`,
    xName: 'recall',
    yName: 'precision',
    curves: [...curves, ...(mean.length > 0 ? [{ name: 'mean', points: mean, isMean: true }] : [])],
  };
}
