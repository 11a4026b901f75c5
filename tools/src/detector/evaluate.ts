import { OnebitError } from '@onebit/common';
import type { DetectionSample } from '@onebit/datasets';
import { createEvaluationLoader } from '@onebit/datasets';
import { type Detection, detect, type Ssd } from '@onebit/detection';
import { type VocMapResult, vocMap } from '@onebit/eval';
import { tf } from '@onebit/ops';
import type { DetectionRecipe } from '../recipes/detection.js';

/** What was found in one picture. */
export interface ImageDetections {
  readonly sample: DetectionSample;
  readonly detections: readonly Detection[];
}

export interface DetectAllOptions {
  readonly workers?: number;
  readonly signal?: AbortSignal;
  onProgress?(done: number): void;
}

/** Pictures a batch of evaluation holds: enough to fill the machine, little memory. */
const evaluationBatch = 8;

/** Runs the detector over pictures, in their order. */
export async function detectAll(
  model: Ssd,
  recipe: DetectionRecipe,
  samples: readonly DetectionSample[],
  { workers, signal, onProgress }: DetectAllOptions = {},
): Promise<ImageDetections[]> {
  const { mean, std, channelOrder } = recipe.data;
  const { scoreThreshold, nmsIou, maxDetections } = recipe.evaluation;
  const loader = createEvaluationLoader(samples, {
    batchSize: evaluationBatch,
    imageSize: [model.imageSize, model.imageSize],
    mean,
    std,
    channelOrder,
    workers,
  });
  const results: ImageDetections[] = [];
  try {
    for await (const batch of loader) {
      if (signal?.aborted) {
        throw new OnebitError(
          'ERR_INTERRUPTED',
          `interrupted after ${results.length} of ${samples.length} pictures; nothing was written, run again`,
        );
      }
      const images = tf.tensor4d(batch.images, [...batch.shape]);
      const found = await detect(model, images, batch.sizes, { scoreThreshold, iou: nmsIou, maxDetections });
      images.dispose();
      for (const detections of found) results.push({ sample: samples[results.length], detections });
      onProgress?.(results.length);
    }
  } finally {
    await loader.close();
  }
  return results;
}

/** VOC mAP of detections by the recipe's named metric; difficult objects are ignored. */
export function measure(
  results: readonly ImageDetections[],
  classes: readonly string[],
  recipe: DetectionRecipe,
): VocMapResult {
  return vocMap(
    results.flatMap(({ sample, detections }) => detections.map((detection) => ({ image: sample.id, ...detection }))),
    results.map(({ sample }) => ({ id: sample.id, objects: sample.objects })),
    { classes, metric: recipe.evaluation.metric, iou: recipe.evaluation.iou },
  );
}
