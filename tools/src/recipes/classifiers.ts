import type { ClassificationRecipeInput } from './classification.js';
import { cifar10, imagenet } from './normalizations.js';

/** For small pictures: CIFAR-10 as He et al. 2016 (arXiv 1512.03385, section 4.2) prepare it. The weights of every method, and the float twin's, are trained alike. */
function forCifar(name: 'resnet20-cls', backbone: 'resnet20'): ClassificationRecipeInput {
  return {
    task: 'classification',
    name,
    about:
      'ResNet-20 for pictures of 32 pixels, such as CIFAR-10; --method NAME takes any method, float the twin in full precision.',
    seed: 1,
    model: { backbone, width: 1, stem: null, imageSize: 32, precision: 'bireal' },
    data: {
      dataset: null,
      trainSplit: null,
      evalSplit: null,
      augment: { kind: 'pad-crop', pad: 4 },
      evalShare: 1,
      mean: [...cifar10.mean],
      std: [...cifar10.std],
    },
    loss: { labelSmoothing: 0 },
    train: {
      steps: 12_000,
      batchSize: 128,
      optimizer: { kind: 'adam' },
      schedule: { kind: 'cosine', rate: 2e-3, warmup: { steps: 200 } },
      clipNorm: null,
      ema: null,
      evaluateEvery: 1000,
      checkpointEvery: 500,
    },
  };
}

/**
 * Pre-training of a detector's backbone: its stem and its normalisation of pixels, on pictures so small that two cores are enough. Crops are larger than ImageNet's usual
 * 8 % of the area, because binary networks want weaker augmentation.
 */
function forDetectors(
  name: string,
  about: string,
  model: Pick<ClassificationRecipeInput['model'], 'backbone' | 'width' | 'stem'>,
  imageSize = 64,
): ClassificationRecipeInput {
  return {
    task: 'classification',
    name,
    about,
    seed: 1,
    model: { ...model, imageSize, precision: 'bireal' },
    data: {
      dataset: null,
      trainSplit: null,
      evalSplit: null,
      augment: { kind: 'resized-crop', scale: [0.35, 1], colour: 0.2 },
      evalShare: 224 / 256,
      mean: [...imagenet.mean],
      std: [...imagenet.std],
    },
    // Bi-Real's released training (reference on training strategies, section 15).
    loss: { labelSmoothing: 0.1 },
    train: {
      steps: 20_000,
      batchSize: 64,
      optimizer: { kind: 'adam' },
      schedule: { kind: 'linear', rate: 1e-3, warmup: { steps: 200 } },
      clipNorm: null,
      ema: null,
      evaluateEvery: 1000,
      checkpointEvery: 500,
    },
  };
}

/** The classifiers of the table. */
export const classifiers: readonly ClassificationRecipeInput[] = [
  forCifar('resnet20-cls', 'resnet20'),
  forDetectors(
    'resnet18-cls',
    'ResNet-18 at 64 pixels: pre-trains the backbone of ssd300-resnet18-*, on classes of any kind.',
    {
      backbone: 'resnet18',
      width: 1,
      stem: 'imagenet',
    },
  ),
  forDetectors(
    'resnet18-half-cls',
    'ResNet-18 of half width at 64 pixels: pre-trains the backbone of ssd192-resnet18-half-*.',
    {
      backbone: 'resnet18',
      width: 0.5,
      stem: 'imagenet',
    },
  ),
  forDetectors('mobilenetv1-cls', 'MobileNetV1 at 64 pixels, its pointwise convolutions binary.', {
    backbone: 'mobilenetv1',
    width: 1,
    stem: null,
  }),
  forDetectors('vgg16-cls', "BiDet's VGG-16 at 64 pixels.", { backbone: 'vgg16', width: 1, stem: null }),
];
