import { inference } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type Detection, type DetectOptions, detectBatch } from '../detect.js';
import type { Ssd } from './ssd.js';

/**
 * Detections of a batch of prepared images `[B, S, S, C]`: one pass in evaluation mode, no sampling, then {@link detectBatch}. Leaves no tensors behind and
 * `images` to the caller.
 * @param sizes [height, width] of each original image in pixels, which the whole of it was resized from
 */
export async function detect(
  model: Ssd,
  images: tf.Tensor4D,
  sizes: readonly (readonly [number, number])[],
  options: DetectOptions = {},
): Promise<Detection[][]> {
  const [loc, logits] = tf.tidy(() => {
    const outputs = model.forward(images, inference);
    return [outputs.loc, outputs.logits];
  });
  try {
    const [locData, logitsData] = await Promise.all([loc.data<'float32'>(), logits.data<'float32'>()]);
    return detectBatch({ loc: locData, logits: logitsData }, model.priors, sizes, options);
  } finally {
    tf.dispose([loc, logits]);
  }
}
