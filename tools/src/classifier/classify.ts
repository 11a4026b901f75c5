import type { ImageClassifier } from '@onebit/backbones';
import { OnebitError } from '@onebit/common';
import { type ClassificationSample, createClassificationEvaluationLoader } from '@onebit/datasets';
import { inference } from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { ClassificationRecipe } from '../recipes/classification.js';

/** A class and what the model gives it. */
interface ClassProbability {
  readonly label: number;
  readonly probability: number;
}

/** What a classifier says of one picture. */
export interface Classified {
  readonly sample: ClassificationSample;
  /** The most probable classes, at most five, the best first. */
  readonly top: readonly ClassProbability[];
  /** Cross entropy of the sample's own label. */
  readonly loss: number;
}

export interface ClassifyOptions {
  readonly workers?: number;
  readonly signal?: AbortSignal;
  onProgress?(done: number): void;
}

/** Classes that are kept of each picture. */
const kept = 5;

/** Runs the classifier over pictures, in their order. */
export async function classifyAll(
  model: ImageClassifier,
  recipe: Pick<ClassificationRecipe, 'model' | 'data' | 'train'>,
  samples: readonly ClassificationSample[],
  { workers, signal, onProgress }: ClassifyOptions = {},
): Promise<Classified[]> {
  const { evalShare, mean, std } = recipe.data;
  const { imageSize } = recipe.model;
  const loader = createClassificationEvaluationLoader(samples, {
    batchSize: recipe.train.batchSize,
    imageSize: [imageSize, imageSize],
    augment: { kind: 'centre', share: evalShare },
    mean,
    std,
    workers,
    cacheBytes: 0,
  });
  const results: Classified[] = [];
  try {
    for await (const { images, shape } of loader) {
      if (signal?.aborted) {
        throw new OnebitError(
          'ERR_INTERRUPTED',
          `interrupted after ${results.length} of ${samples.length} pictures; nothing was written, run again`,
        );
      }
      const logits = tf.tidy(() => model.forward(tf.tensor4d(images, [...shape]), inference));
      const values = await logits.data();
      const classes = logits.shape[1];
      logits.dispose();
      for (let i = 0; i < shape[0]; i++) {
        const sample = samples[results.length];
        results.push({
          sample,
          ...judge(values.subarray(i * classes, (i + 1) * classes) as Float32Array, sample.label),
        });
      }
      onProgress?.(results.length);
    }
  } finally {
    await loader.close();
  }
  return results;
}

/** Softmax in a form that does not overflow. */
function judge(logits: Float32Array, label: number): Pick<Classified, 'top' | 'loss'> {
  const largest = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, value) => total + Math.exp(value - largest), 0);
  const probability = (value: number) => Math.exp(value - largest) / sum;
  const order = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a]); // stable: of equal ones the first class
  return {
    top: order.slice(0, kept).map((index) => ({ label: index, probability: probability(logits[index]) })),
    loss: Math.log(sum) + largest - (logits[label] ?? Number.NaN),
  };
}
