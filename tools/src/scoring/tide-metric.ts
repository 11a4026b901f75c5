import { type ClassMean, type TideResult, tideErrors, tideErrorTypes } from '@onebit/eval';
import { type BoxSet, inCoordinates } from './boxes.js';
import type { Metric, Settings } from './metric.js';
import type { Score } from './score.js';

const means: readonly { name: string; mean: ClassMean; title: string; convention: string }[] = [
  {
    name: 'tide',
    mean: 'tide',
    title: "TIDE's",
    convention: 'a class with detections but without objects has AP 0 and is in the mean',
  },
  { name: 'tide-coco', mean: 'coco', title: "COCO's", convention: 'a class without objects is left out of the mean' },
];

/** Why the AP of boxes is not 1 (Bolya et al., ECCV 2020, arXiv 2008.08115). */
export const tideMetricTable: readonly Metric[] = means.map(({ name, mean, title, convention }) => ({
  name,
  title: `TIDE error breakdown of boxes (mean over classes as in ${title} tool)`,
  convention: `gain of AP if only one kind of error were mended; background below IoU 0.1, 100 detections of an image; ${convention}`,
  compares: 'boxes',
  uses: ['iou', 'split', 'classes', 'lenient', 'renumber'],
  async open(inputs, settings) {
    const boxes = inCoordinates(await inputs.boxes(), 'continuous');
    return () => scoreTide(boxes, mean, settings);
  },
}));

function scoreTide({ truth, found }: BoxSet, classMean: ClassMean, settings: Settings): Score {
  const foreground = settings.iou?.[0] ?? 0.5;
  const result = tideErrors(found.detections, truth.images, { classes: truth.classes, classMean, foreground });
  const { ap, dAP, special, counts, background, maxDetections } = result;
  return {
    settings: {
      iou: foreground,
      background,
      maxDetections,
      images: truth.images.length,
      classes: truth.classes.length,
    },
    measures: [
      { name: `AP@${foreground}`, value: ap },
      ...tideErrorTypes.map((type) => ({ name: `gain ${type}`, value: dAP[type] })),
      { name: 'gain without false positives', value: special.FalsePos },
      { name: 'gain without false negatives', value: special.FalseNeg },
    ],
    perClass: result.perClass.map((one) => ({
      name: one.name,
      values: { AP: one.ap, ...one.dAP },
      counts: { objects: one.objects },
    })),
    plots: [gainPlot(result)],
    notes: [
      ...truth.notes,
      ...found.notes,
      `errors: ${tideErrorTypes.map((type) => `${counts[type]} ${type}`).join(', ')}; gains do not add up to 1 - AP`,
    ],
  };
}

const inWords: Readonly<Record<string, string>> = {
  Cls: 'class',
  Loc: 'place',
  Both: 'both',
  Dupe: 'double',
  Bkg: 'background',
  Miss: 'missed',
};

function gainPlot({ dAP, special }: TideResult) {
  const bars = [
    ...tideErrorTypes.map((type) => ({ name: inWords[type], value: dAP[type] })),
    { name: 'all false +', value: special.FalsePos },
    { name: 'all false \u2212', value: special.FalseNeg },
  ];
  return {
    kind: 'bars',
    id: 'errors',
    title: 'What each kind of error costs',
    caption:
      'Gain of AP if only these errors were mended: wrong class, wrong place, both, a second detection of an object, background, an object missed; then all wrong detections, all missed objects.',
    yName: 'gain of AP',
    bars,
  } as const;
}
