import type { Random } from '@onebit/common';
import type { DetectorBatch } from '../detector/task.js';

/** Pictures `[batch, size, size, 3]` of normal noise: the arithmetic does not depend on what is shown. */
export function noiseImages(batch: number, size: number, random: Random): Float32Array {
  return Float32Array.from({ length: batch * size * size * 3 }, () => random.normal());
}

/** Objects of a picture: enough that matching and mining have something to do. */
const objectsPerImage = 3;

/** Pictures of noise with a few boxes each. */
export function noiseDetectionBatch(
  { batch, imageSize, classes }: { readonly batch: number; readonly imageSize: number; readonly classes: number },
  random: Random,
): DetectorBatch {
  const targets = Array.from({ length: batch }, () => {
    const corners = Array.from({ length: objectsPerImage }, () => [random.uniform(0, 0.5), random.uniform(0, 0.5)]);
    return {
      boxes: Float32Array.from(
        corners.flatMap(([x, y]) => [x, y, x + random.uniform(0.1, 0.5), y + random.uniform(0.1, 0.5)]),
      ),
      labels: Int32Array.from(corners, () => random.int(classes)),
      difficult: new Uint8Array(corners.length),
    };
  });
  return {
    images: noiseImages(batch, imageSize, random),
    shape: [batch, imageSize, imageSize, 3],
    targets,
    ids: targets.map((_, i) => `noise ${i}`),
    sizes: targets.map(() => [imageSize, imageSize] as const),
    step: 0,
    epoch: 0,
  };
}
