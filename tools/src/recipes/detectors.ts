import type { DetectionRecipeInput } from './detection.js';
import { imagenet } from './normalizations.js';

/**
 * Adam's rate of the small recipes by precision. Binary weights only move when a sign flips and want a high rate; the float twin learns far less at it (demo: mAP 22 % at
 * 2e-3 after 1600 steps, 29 % at 5e-4 after 400). A twin is fair when each has the rate that suits it.
 */
const adamRate = (precision: string) => (precision === 'float' ? 5e-4 : 2e-3);

/** BiDet's released weights of the two terms (docs: reference BiDet, section 9); the start step follows the schedule of each recipe. */
const bidetTerms = { beta: 0.1, gamma: 0.2, sampleScale: 0 } as const;

const data: DetectionRecipeInput['data'] = {
  dataset: null,
  trainSplit: null,
  evalSplit: null,
  classMap: null,
  badBoxes: 'error',
  augment: 'ssd',
  maxExpand: 4,
  minCrop: 0.3,
  mean: [...imagenet.mean],
  std: [...imagenet.std],
  channelOrder: 'rgb',
};

/** VOC 2007's metric and the test-time settings of SSD. */
const evaluation: DetectionRecipeInput['evaluation'] = {
  metric: '11-point',
  iou: 0.5,
  scoreThreshold: 0.01,
  nmsIou: 0.45,
  maxDetections: 100,
};

function ssdResnet18(
  name: string,
  about: string,
  change: (recipe: DetectionRecipeInput) => void,
): DetectionRecipeInput {
  const recipe: DetectionRecipeInput = {
    name,
    about,
    seed: 1,
    model: {
      detector: 'ssd',
      backbone: 'resnet18',
      width: 1,
      stem: 'imagenet',
      imageSize: 300,
      precision: 'float',
      bottleneck: null,
    },
    data: structuredClone(data),
    train: {
      steps: 20_000,
      batchSize: 16,
      optimizer: { kind: 'adam' },
      schedule: { kind: 'cosine', rate: 1e-3, warmup: { steps: 200 } },
      clipNorm: 5,
      ema: 0.999,
      evaluateEvery: 2000,
      checkpointEvery: 500,
    },
    evaluation: structuredClone(evaluation),
  };
  change(recipe);
  return recipe;
}

/**
 * Small pictures, half the channels, minutes of training. Canvas and crops stay near the picture: at this size SSD's own ranges would leave objects of a few pixels. Both
 * twins differ in the precision, the rate that suits it, and BiDet's terms alone.
 */
function demo(name: string, about: string, precision: string): DetectionRecipeInput {
  return ssdResnet18(name, about, ({ model, data, train }) => {
    Object.assign(model, { width: 0.5, imageSize: 128, precision });
    if (precision === 'bidet') model.bottleneck = { ...bidetTerms, startStep: 900 };
    Object.assign(data, { trainSplit: 'train', evalSplit: 'val-seen', maxExpand: 1.5, minCrop: 0.5 });
    Object.assign(train, { steps: 1200, batchSize: 12, evaluateEvery: 600, checkpointEvery: 400, ema: 0.99 });
    train.schedule = { kind: 'cosine', rate: adamRate(precision), warmup: { steps: 50 } };
  });
}

/** Half the channels and smaller pictures than SSD300: a few hundred pictures are learnt in tens of minutes on two cores. */
function laptop(precision: 'float' | 'bireal' | 'bidet'): DetectionRecipeInput {
  const about = precision === 'float' ? 'in full precision' : `with a binary backbone and neck (${precision})`;
  return ssdResnet18(
    `ssd192-resnet18-half-${precision}`,
    `SSD on ResNet-18 of half width at 192 pixels, ${about}; for one hour on a laptop.`,
    ({ model, data, train }) => {
      Object.assign(model, { width: 0.5, imageSize: 192, precision });
      if (precision === 'bidet') model.bottleneck = { ...bidetTerms, startStep: 2000 };
      Object.assign(data, { maxExpand: 2, minCrop: 0.4 });
      Object.assign(train, { steps: 4000, batchSize: 12, evaluateEvery: 500, checkpointEvery: 250 });
      train.schedule = { kind: 'cosine', rate: adamRate(precision), warmup: { steps: 100 } };
    },
  );
}

/** The detectors of the table. */
export const detectors: readonly DetectionRecipeInput[] = [
  ssdResnet18(
    'ssd300-resnet18-float',
    'SSD300 on ResNet-18 in full precision: the float twin of the binary recipes.',
    () => {},
  ),
  ssdResnet18(
    'ssd300-resnet18-bireal',
    'SSD300 on a binary ResNet-18 (Bi-Real Net), no detection-specific terms.',
    (r) => {
      r.model.precision = 'bireal';
    },
  ),
  ssdResnet18(
    'ssd300-resnet18-bidet',
    'SSD300 on a binary ResNet-18 with the information-bottleneck and sparse-prior terms of BiDet.',
    (r) => {
      r.model.precision = 'bidet';
      r.model.bottleneck = { ...bidetTerms, startStep: 10_000 };
    },
  ),
  laptop('float'),
  laptop('bireal'),
  laptop('bidet'),
  demo('demo-binary', 'The binary detector of `onebit demo`.', 'bidet'),
  demo(
    'demo-float',
    'The float twin of `demo-binary`: the same network, data, seed and budget in full precision.',
    'float',
  ),
];
