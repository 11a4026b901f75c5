import { describe, expect, test } from 'vitest';
import { compared, goldenCases, goldenFile, goldenJson, hasGolden } from '../../test/golden.js';
import {
  ConfusionMatrix,
  imageScores,
  type LabelOptions,
  reduceZeroLabel,
  type SemanticMetrics,
  semanticMetrics,
} from '../src/index.js';
import { numbersOf, pairsOf } from './golden-maps.js';

/** The vectors come from NumPy; their README gives 1e-12. Counts are exact. */
const digits = 12;
const classNames = (count: number) => Array.from({ length: count }, (_, i) => `class ${i}`);
const files = goldenCases('groupnet', /^semantic_metrics.*\.safetensors$/).map((name) => `groupnet/${name}`);

/** Value of a tensor's name in our results; undefined for those that are input. */
function resultOf(name: string, matrix: ConfusionMatrix): readonly number[] | undefined {
  const voc = semanticMetrics(matrix, 'voc');
  const perClass = (of: (result: SemanticMetrics['perClass'][number]) => number) => voc.perClass.map(of);
  const sums = matrix.classSums();
  const ofImages = () => matrix.perImage.ids.map((id) => imageScores(matrix, 'voc').find((s) => s.id === id)!.mIoU);
  const results: Record<string, () => readonly number[]> = {
    confusion: () => [...matrix.counts],
    'class.iou': () => perClass(({ iou }) => iou),
    'class.class_acc': () => perClass(({ accuracy }) => accuracy),
    'class.precision': () => perClass(({ precision }) => precision),
    'class.dice': () => perClass(({ dice }) => dice),
    'class.tp': () => [...sums.intersection],
    'class.gt_pixels': () => perClass(({ truthPixels }) => truthPixels),
    'class.pred_pixels': () => perClass(({ predictedPixels }) => predictedPixels),
    'class.union': () => [...sums.truth].map((truth, i) => truth + sums.predicted[i] - sums.intersection[i]),
    pixel_accuracy: () => [voc.pixelAccuracy],
    mean_accuracy: () => [voc.meanAccuracy],
    mean_iou: () => [voc.mIoU],
    mean_iou_all_classes_zero_filled: () => [semanticMetrics(matrix, 'pytorch-encoding').mIoU],
    mean_iou_gt_present_only: () => [semanticMetrics(matrix, 'detectron2').mIoU],
    frequency_weighted_iou: () => [voc.frequencyWeightedIoU],
    mean_dice: () => [voc.meanDice],
    micro_iou: () => [voc.microIoU],
    per_image_mean_iou: ofImages,
    average_of_per_image_mean_iou: () => {
      const values = ofImages().filter((value) => !Number.isNaN(value));
      return [values.reduce((sum, value) => sum + value, 0) / values.length];
    },
  };
  return results[name]?.();
}

describe.skipIf(files.length === 0)('metrics of label maps equal the reference', () => {
  test.each(files)('%s', (path) => {
    const file = goldenFile(path);
    const classes = classNames(Number(file.metadata.classes));
    const matrixOf = (truth: string, prediction: string, labels: LabelOptions) => {
      const matrix = new ConfusionMatrix(classes, { keepImages: true, ...labels });
      for (const pair of pairsOf(file, truth, prediction))
        matrix.add(pair.truth, pair.prediction, { width: pair.width });
      return matrix;
    };
    const ignore = Number(file.metadata.ignore ?? 255);
    const matrices = [matrixOf('gt', 'pred', { ignore })];
    if (file.tensors.has('gt_raw')) {
      const labels = reduceZeroLabel(classes.length);
      matrices.push(matrixOf('gt_raw', 'pred_raw', { truthLabels: labels, predictionLabels: labels }));
    }
    let tensors = 0;
    for (const [name, tensor] of file.tensors) {
      for (const matrix of matrices) {
        const result = resultOf(name, matrix);
        if (result === undefined) continue;
        const expected = numbersOf(tensor);
        expect(result.length, name).toBe(expected.length);
        result.forEach((value, i) => {
          if (tensor.dtype !== 'F64') expect(value, `${name} ${i}`).toBe(expected[i]);
          else if (Number.isNaN(expected[i])) expect(value, `${name} ${i}`).toBeNaN();
          else expect(value, `${name} ${i}`).toBeCloseTo(expected[i], digits);
        });
        tensors++;
      }
    }
    compared(path, tensors);
  });
});

interface MiouCase {
  name: string;
  n_classes: number;
  void: number;
  images: { gt: number[]; pred: number[]; width: number }[];
  confusion_gt_rows: number[][];
  iou: (number | null)[];
  class_accuracy: (number | null)[];
  mean_iou_over_present: number;
  [meanOverAll: `mean_iou_over_all_${string}`]: number;
  pixel_accuracy: number;
  mean_class_accuracy_over_present: number;
  frequency_weighted_iou: number;
}
const miouFile = 'evaluation/segmentation_miou.json';

test.skipIf(!hasGolden(miouFile))('mIoU of small label maps equals the published evaluator', () => {
  const { cases } = goldenJson<{ cases: MiouCase[] }>(miouFile);
  let values = 0;
  for (const expected of cases) {
    const matrix = new ConfusionMatrix(classNames(expected.n_classes), { ignore: expected.void });
    for (const { gt, pred, width } of expected.images)
      matrix.add(Uint8Array.from(gt), Int32Array.from(pred), { width });
    const { perClass, ...voc } = semanticMetrics(matrix, 'voc');
    const orNull = (value: number) => (Number.isNaN(value) ? null : value);
    expect([...matrix.counts]).toEqual(expected.confusion_gt_rows.flat());
    expect(perClass.map(({ iou }) => orNull(iou))).toEqual(expected.iou);
    expect(perClass.map(({ accuracy }) => orNull(accuracy))).toEqual(expected.class_accuracy);
    const meanOverAll = Object.keys(expected).find((key) => key.startsWith('mean_iou_over_all_'));
    expect(semanticMetrics(matrix, 'pytorch-encoding').mIoU).toBeCloseTo(
      expected[meanOverAll as `mean_iou_over_all_${string}`],
      digits,
    );
    expect(voc.mIoU).toBeCloseTo(expected.mean_iou_over_present, digits);
    expect(voc.pixelAccuracy).toBe(expected.pixel_accuracy);
    expect(voc.meanAccuracy).toBeCloseTo(expected.mean_class_accuracy_over_present, digits);
    expect(voc.frequencyWeightedIoU).toBeCloseTo(expected.frequency_weighted_iou, digits);
    values += 8;
  }
  compared(miouFile, values);
});
