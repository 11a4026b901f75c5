import { cocoMetrics, type ImageMetrics } from '@onebit/eval';
import { COCOeval, type IouType, type PrecisionRecallCurve } from 'cocoapi-js';
import type { CurvePlot } from '../report/plots.js';
import type { CocoPair } from './coco-files.js';
import { cocoMatches } from './coco-matches.js';
import { meanCurve, rounded } from './curves.js';
import { matchPlots } from './match-plots.js';
import type { AreaRange, Metric, Settings } from './metric.js';
import type { ClassRow, Score } from './score.js';

const kinds = { bbox: 'boxes', segm: 'masks' } as const satisfies Record<IouType, string>;

/** COCO's average precision and recall, as pycocotools counts them. */
export const cocoMetricTable: readonly Metric[] = (['bbox', 'segm'] as const).map(
  (iouType): Metric => ({
    name: `coco-${iouType}`,
    title: `COCO AP and AR of ${kinds[iouType]}`,
    convention:
      'pycocotools: precision at 101 recalls, averaged over 10 IoU thresholds (0.50 to 0.95) and the classes with objects; 100 detections of an image and class, crowds ignored',
    compares: kinds[iouType],
    uses: ['iou', 'max-dets', 'area-ranges', 'lenient', 'renumber'],
    async open(inputs, settings) {
      const pair = await inputs.coco();
      return () => scoreCoco(pair, iouType, settings);
    },
  }),
);

function scoreCoco(pair: CocoPair, iouType: IouType, settings: Settings): Score {
  const evaluation = evaluated(pair, iouType, settings);
  const { params } = evaluation;
  const names = new Map(pair.gt.dataset.categories.map(({ id, name }) => [id, name]));
  const classes = params.catIds.map((id) => names.get(id) ?? String(id));
  const ranges = (settings.areaRanges ?? []).filter(({ name }) => !params.areaRngLbl.includes(name));
  const ofRanges = ranges.map((range) => evaluated(pair, iouType, settings, range));
  return {
    settings: {
      iou: params.iouThrs.map(rounded),
      maxDets: params.maxDets,
      areaRanges: Object.fromEntries(
        params.areaRngLbl.map((name, i) => [name, params.areaRng[i].map(shortNumber).join(' to ')]),
      ),
      images: params.imgIds.length,
      classes: params.catIds.length,
      detections: pair.dt.dataset.annotations.length,
    },
    text: evaluation.summarize(),
    measures: [
      ...statNames(params.maxDets).map((name, i) => ({ name, value: known(evaluation.stats[i]) })),
      ...ofRanges.flatMap(({ stats }, i) => rangeMeasures(ranges[i], stats)),
    ],
    perClass: evaluation.perCategory().map(classRow),
    plots: [...curvePlots(evaluation), ...matchPlots(cocoMatches(pair, iouType), classes)],
    notes: [...pair.notes, ...evaluation.problems.map(({ message }) => message)],
    perImage: imageMetrics({ evaluation, ofRanges, ranges, classes }),
  };
}

/** @param range the only area range, in place of all. */
function evaluated({ gt, dt, lenient }: CocoPair, iouType: IouType, settings: Settings, range?: AreaRange): COCOeval {
  const evaluation = new COCOeval(gt, dt, iouType, { strict: !lenient });
  const { params } = evaluation;
  if (settings.iou) params.iouThrs = [...settings.iou];
  if (settings.maxDets) params.maxDets = [...settings.maxDets];
  for (const { name, low, high } of settings.areaRanges ?? []) {
    const i = params.areaRngLbl.indexOf(name);
    if (i >= 0) params.areaRng[i] = [low, high];
  }
  // The twelve numbers know four ranges; the numbers of another one are those of `all` when it is the only one.
  if (range) [params.areaRng, params.areaRngLbl] = [[[range.low, range.high]], ['all']];
  evaluation.evaluate();
  evaluation.accumulate();
  return evaluation;
}

/** `1e10` is what COCO means by no limit; its ten zeros would only hide that. */
const shortNumber = (value: number) => (value >= 1e9 ? value.toExponential().replace('+', '') : String(value));

/** -1 is COCO's word for "there is none". */
const known = (value: number) => (value > -1 ? value : Number.NaN);

function statNames(maxDets: readonly number[]): string[] {
  const precision = ['AP', 'AP50', 'AP75', 'AP small', 'AP medium', 'AP large'];
  const recall = [...maxDets.slice(0, 3).map((limit) => `AR@${limit}`), 'AR small', 'AR medium', 'AR large'];
  return [...precision, ...recall];
}

/** AP and AR at the largest limit are the first and the ninth of the twelve numbers. */
function rangeMeasures({ name }: AreaRange, stats: Float64Array) {
  return [
    { name: `AP ${name}`, value: known(stats[0]) },
    { name: `AR ${name}`, value: known(stats[8]) },
  ];
}

function classRow({ name, objects, detections, ...numbers }: ReturnType<COCOeval['perCategory']>[number]): ClassRow {
  const { AP, AP50, AP75, APsmall, APmedium, APlarge, AR } = numbers;
  const values = { AP, AP50, AP75, 'AP small': APsmall, 'AP medium': APmedium, 'AP large': APlarge, AR };
  return {
    name,
    values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, known(value)])),
    counts: { objects, detections },
  };
}

function curvePlots(evaluation: COCOeval): CurvePlot[] {
  const { iouThrs } = evaluation.params;
  const at = (iouThr: number) => evaluation.precisionRecall({ iouThr }).filter(({ hasObjects }) => hasObjects);
  const points = ({ recall, precision }: PrecisionRecallCurve) =>
    Array.from(recall, (r, i): [number, number] => [rounded(r), rounded(precision[i])]);
  const iou = iouThrs.includes(0.5) ? 0.5 : iouThrs[0];
  const axes = { kind: 'curves', xName: 'recall', yName: 'precision' } as const;
  const levels = [0.5, 0.75].filter((threshold) => iouThrs.includes(threshold));
  return [
    {
      ...axes,
      id: 'precision-recall',
      title: `Precision and recall by class at IoU ${rounded(iou)}`,
      caption: 'One curve a class at 101 recalls, all areas; black: mean over the classes with objects.',
      curves: [
        ...at(iou).map((curve) => ({ name: curve.name, points: points(curve) })),
        { name: 'mean', points: meanCurve(at(iou)), isMean: true },
      ],
    },
    {
      ...axes,
      id: 'precision-recall-mean',
      title: 'Precision and recall, mean over classes',
      caption: 'All areas; the area below a curve is the AP at this IoU.',
      curves: (levels.length > 0 ? levels : [iou]).map((threshold) => ({
        name: `IoU ${rounded(threshold)}`,
        points: meanCurve(at(threshold)),
      })),
    },
  ];
}

interface Evaluated {
  readonly evaluation: COCOeval;
  readonly ranges: readonly AreaRange[];
  readonly ofRanges: readonly COCOeval[];
  readonly classes: readonly string[];
}

/** Everything over drawn images: the twelve numbers, those of further area ranges, the classes. */
function imageMetrics({ evaluation, ranges, ofRanges, classes }: Evaluated): ImageMetrics {
  const { iouType, maxDets } = evaluation.params;
  const whole = cocoMetrics(evaluation, { perClass: true });
  const numbers = statNames(maxDets);
  return {
    ...whole,
    names: [
      ...numbers,
      ...ranges.flatMap(({ name }) => [`AP ${name}`, `AR ${name}`]),
      ...classes.map((name) => `AP of ${name}`),
    ].map((name) => `${name} (coco-${iouType})`),
    values: (weights) => {
      const all = Array.from(whole.values(weights));
      const statsOf = (part: COCOeval) => (weights ? part.statsOf(weights) : part.stats);
      return [
        ...all.slice(0, numbers.length),
        ...ofRanges.flatMap((part, i) => rangeMeasures(ranges[i], statsOf(part)).map(({ value }) => value)),
        ...all.slice(numbers.length),
      ];
    },
  };
}
