import { hashSeed, Random } from '@onebit/common';
import {
  bootstrapInterval,
  ConfusionMatrix,
  type ImageTruths,
  type ScoredDetection,
  semanticMetrics,
  tideErrors,
  VocEvaluator,
  vocMap,
  vocMetrics,
} from '@onebit/eval';
import { categoryIds, generatedImages, type SetSize } from './generated-set.js';

/** Something to time: `amount` is what one step works through, in the unit of the metric. */
interface Metric {
  readonly amount: number;
  step(): unknown;
}

export type MetricName = 'miou' | 'voc' | 'voc-bootstrap' | 'tide';

/** Draws of a bootstrap that takes moments; its time grows with them. */
const bootstrapSamples = 100;

/** Every metric, over a set of this size. */
export const metrics: Readonly<Record<MetricName, (size: SetSize) => Metric>> = {
  miou,
  voc,
  'voc-bootstrap': vocBootstrap,
  tide,
};

/** Label maps of this size, about that of a photograph of VOC. */
const [mapHeight, mapWidth] = [375, 500];
const classNames = Array.from({ length: 21 }, (_, i) => `class ${i}`);
const voidLabel = 255;

/** Mean IoU of 21 classes from label maps to the number. The amount is megapixels. */
function miou({ images }: SetSize): Metric {
  const random = new Random(hashSeed('bench eval label maps'));
  // A step reads the maps again and again; more of them would measure the drawing, fewer would stay in the caches.
  const maps = Array.from({ length: 64 }, () => labelMaps(random));
  return {
    amount: (images * mapHeight * mapWidth) / 1e6,
    step() {
      const matrix = new ConfusionMatrix(classNames);
      for (let i = 0; i < images; i++) matrix.add(...maps[i % maps.length]);
      return semanticMetrics(matrix, 'voc').mIoU;
    },
  };
}

/** Truth and prediction of an image: rectangles with a void border over the background; the prediction is somewhat off. */
function labelMaps(random: Random): [Uint8Array, Uint8Array] {
  const truth = new Uint8Array(mapHeight * mapWidth);
  const prediction = new Uint8Array(mapHeight * mapWidth);
  for (let i = random.int(6); i >= 0; i--) {
    const label = 1 + random.int(classNames.length - 1);
    const [height, width] = [20 + random.int(200), 20 + random.int(250)];
    const [y, x] = [random.int(mapHeight - height), random.int(mapWidth - width)];
    fill(truth, y, x, height, width, voidLabel);
    fill(truth, y + 3, x + 3, height - 6, width - 6, label);
    const found = random.chance(0.8) ? label : 1 + random.int(classNames.length - 1);
    fill(prediction, y + random.int(10), x + random.int(10), height - 10, width - 10, found);
  }
  return [truth, prediction];
}

function fill(map: Uint8Array, y: number, x: number, height: number, width: number, label: number): void {
  for (let row = y; row < y + height; row++) map.fill(label, row * mapWidth + x, row * mapWidth + x + width);
}

const vocOptions = { classes: categoryIds.map(String), metric: 'area' } as const;

/** VOC mean average precision from parsed objects to the number. The amount is detections. */
function voc(size: SetSize): Metric {
  const { truths, detections } = vocSet(size);
  return { amount: detections.length, step: () => vocMap(detections, truths, vocOptions).mAP };
}

/** An interval for it from matched detections. The amount is draws of all images. */
function vocBootstrap(size: SetSize): Metric {
  const { truths, detections } = vocSet(size);
  const evaluator = new VocEvaluator(vocOptions);
  for (const { id, objects } of truths) evaluator.addImage(id, objects);
  for (const { image, ...detection } of detections) evaluator.addDetections(image, [detection]);
  const { names, values, ...images } = vocMetrics(evaluator);
  const mAP = { ...images, name: names[0], value: (weights?: Uint32Array) => values(weights)[0] };
  return {
    amount: bootstrapSamples,
    step: () => bootstrapInterval(mAP, { seed: 1, samples: bootstrapSamples, method: 'percentile' }),
  };
}

/** TIDE's error breakdown from parsed objects. The amount is detections. */
function tide(size: SetSize): Metric {
  const { truths, detections } = vocSet(size);
  const options = { classes: vocOptions.classes, classMean: 'coco' } as const;
  return { amount: detections.length, step: () => tideErrors(detections, truths, options) };
}

function vocSet(size: SetSize): { truths: ImageTruths[]; detections: ScoredDetection[] } {
  const labelOf = new Map(categoryIds.map((id, label) => [id, label]));
  const labelled = ({ category, box: [x, y, w, h] }: { category: number; box: readonly number[] }) => ({
    label: labelOf.get(category)!,
    box: [x, y, x + w, y + h] as const,
  });
  const truths: ImageTruths[] = [];
  const detections: ScoredDetection[] = [];
  for (const { id, objects, detections: found } of generatedImages(size)) {
    const image = String(id);
    truths.push({ id: image, objects: objects.map((object) => ({ ...labelled(object), difficult: object.crowd })) });
    for (const detection of found) detections.push({ image, ...labelled(detection), score: detection.score });
  }
  return { truths, detections };
}
