import { imageClassifier, resnet18, vgg16 } from '@onebit/backbones';
import { Random } from '@onebit/common';
import { featureTerm } from '@onebit/detection';
import { softmaxCrossEntropy, tf } from '@onebit/ops';
import { loadDetectionRecipe } from '../recipes/load.js';
import { detectorWorkload } from './detector.js';
import { noiseImages } from './noise.js';
import type { Workload } from './workload.js';

/** Size of a step. */
export interface WorkloadSize {
  readonly batch: number;
  /** Side of the square pictures in pixels. */
  readonly imageSize: number;
}

/** A workload that is known by name. */
export interface WorkloadEntry {
  readonly size: WorkloadSize;
  build(size: WorkloadSize): Workload | Promise<Workload>;
}

/** As many as ImageNet has. */
const imagenetClasses = 1000;
const seed = 1;

/** ResNet-18 for 1000 classes, Adam. */
function classifier(name: string, plan: string): WorkloadEntry {
  return {
    size: { batch: 8, imageSize: 224 },
    build({ batch, imageSize }) {
      const model = imageClassifier({
        classes: imagenetClasses,
        plan,
        seed,
        backbone: (builder) => resnet18({ builder }),
      });
      const random = new Random(seed);
      const images = noiseImages(batch, imageSize, random);
      const labels = Int32Array.from({ length: batch }, () => random.int(imagenetClasses));
      return {
        ...{ name, batch, imageSize, model, optimizer: { kind: 'adam' }, step: 0 },
        lossOf(context) {
          const logits = model.forward(tf.tensor4d(images, [batch, imageSize, imageSize, 3]), context);
          const total = tf.mean(softmaxCrossEntropy(logits, tf.tensor1d(labels, 'int32'))) as tf.Scalar;
          return { total, terms: {} };
        },
      };
    },
  };
}

/** BiDet's VGG-16 without detector. A trunk alone has no task: BiDet's feature term over its two maps stands in for one. */
const vgg16Trunk: WorkloadEntry = {
  size: { batch: 4, imageSize: 300 },
  build({ batch, imageSize }) {
    const model = vgg16({ plan: 'bidet', seed });
    const images = noiseImages(batch, imageSize, new Random(seed));
    return {
      ...{ name: 'bidet-vgg16-trunk', batch, imageSize, model, optimizer: { kind: 'adam' }, step: 0 },
      lossOf(context) {
        const maps = model.forward(tf.tensor4d(images, [batch, imageSize, imageSize, 3]), context);
        return { total: featureTerm(Object.values(maps)), terms: {} };
      },
    };
  },
};

/** SSD300's recipe with all of BiDet's terms, on pictures so small that what counts is the cost of each call. */
const ssdResnet18: WorkloadEntry = {
  size: { batch: 16, imageSize: 160 },
  async build({ batch, imageSize }) {
    const changes = [
      ['model.imageSize', imageSize],
      ['train.batchSize', batch],
    ] as const;
    const recipe = await loadDetectionRecipe('ssd300-resnet18-bidet', changes);
    return { ...detectorWorkload(recipe), name: 'ssd-resnet18-bidet' };
  },
};

/** Every workload of `onebit bench train`; `onebit doctor --profile-step` knows them beside the recipes. */
export const workloads = {
  'bireal-resnet18': classifier('bireal-resnet18', 'bireal'),
  'bidet-vgg16-trunk': vgg16Trunk,
  'ssd-resnet18-bidet': ssdResnet18,
  'float-resnet18': classifier('float-resnet18', 'float'),
} as const satisfies Record<string, WorkloadEntry>;

/** Name of a workload. */
export type WorkloadName = keyof typeof workloads;
