import {
  ConfusionMatrix,
  type MeanConvention,
  semanticImageMetrics,
  semanticMetrics,
  topConfusions,
} from '@onebit/eval';
import { type LabelPairs, readPair } from './label-maps.js';
import type { Metric, OnProgress } from './metric.js';
import type { Score } from './score.js';

const conventions: readonly { name: string; mean: MeanConvention; title: string; convention: string }[] = [
  {
    name: 'miou-voc',
    mean: 'voc',
    title: 'mean IoU, convention of VOC and mmsegmentation',
    convention: 'mean over the classes with a pixel in truth or prediction',
  },
  {
    name: 'miou-detectron2',
    mean: 'detectron2',
    title: 'mean IoU, convention of detectron2',
    convention: 'mean over the classes with a pixel in the truth',
  },
  {
    name: 'miou-pytorch-encoding',
    mean: 'pytorch-encoding',
    title: 'mean IoU, convention of PyTorch-Encoding and Group-Net',
    convention: 'mean over all classes, an absent one counts as 0',
  },
];

/** Mean IoU by the conventions that published numbers follow. */
export const semanticMetricTable: readonly Metric[] = conventions.map(
  ({ name, mean, title, convention }): Metric => ({
    name,
    title,
    convention: `${convention}; pixels of all pictures together, background is a class, truth 255 is left out`,
    compares: 'label maps',
    uses: ['split', 'classes'],
    async open(inputs) {
      const maps = await inputs.labelMaps();
      return (onProgress) => scoreSemantic(maps, mean, onProgress);
    },
  }),
);

async function scoreSemantic(
  { classes, pairs }: LabelPairs,
  mean: MeanConvention,
  onProgress: OnProgress,
): Promise<Score> {
  const matrix = new ConfusionMatrix(classes, { keepImages: true });
  for (const [done, pair] of pairs.entries()) {
    const { truth, prediction } = await readPair(pair);
    matrix.add(truth.labels, prediction.labels, { id: pair.id, width: truth.width });
    onProgress(done + 1, pairs.length, 'pictures');
  }
  const metrics = semanticMetrics(matrix, mean);
  const { counts } = matrix;
  const n = classes.length;
  const confusions = topConfusions(matrix, 3).map(
    ({ truth, predicted, shareOfTruth }) => `${truth} as ${predicted} (${(shareOfTruth * 100).toFixed(1)} %)`,
  );
  const absent = metrics.perClass.filter(({ inMean }) => !inMean).map(({ name }) => name);
  return {
    settings: { images: pairs.length, classes: n, classesInMean: metrics.classesInMean, pixels: metrics.pixels },
    measures: [
      { name: 'mIoU', value: metrics.mIoU },
      { name: 'pixel accuracy', value: metrics.pixelAccuracy },
      { name: 'mean accuracy', value: metrics.meanAccuracy },
      { name: 'frequency-weighted IoU', value: metrics.frequencyWeightedIoU },
      { name: 'mean Dice', value: metrics.meanDice },
    ],
    perClass: metrics.perClass.map(({ name, iou, accuracy, precision, dice, truthPixels, predictedPixels }) => ({
      name,
      values: { IoU: iou, accuracy, precision, Dice: dice },
      counts: { 'truth pixels': truthPixels, 'predicted pixels': predictedPixels },
    })),
    plots: [
      {
        kind: 'confusion',
        id: 'confusion',
        title: 'Confusion of pixels',
        caption: 'Percent of each row: what the pixels of a class were taken for.',
        names: classes,
        counts: classes.map((_, i) => Array.from(counts.subarray(i * n, (i + 1) * n))),
      },
    ],
    notes: [
      `${metrics.classesInMean} of ${n} classes are in the mean${absent.length > 0 ? `; not: ${absent.join(', ')}` : ''}`,
      ...(confusions.length > 0 ? [`most confused: ${confusions.join(', ')}`] : []),
    ],
    perImage: semanticImageMetrics(matrix, mean),
  };
}
