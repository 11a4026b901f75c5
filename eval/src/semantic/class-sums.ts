import type { ImageCounts } from './image-counts.js';

/** What every ratio over classes is made of: pixels of N classes. Sums over images add up. */
export interface ClassSums {
  /** Pixels of the class on both sides, [N]. */
  readonly intersection: Float64Array;
  /** Pixels of the class in the truth, [N]. */
  readonly truth: Float64Array;
  /** Pixels of the class in the prediction, where the truth is not void, [N]. */
  readonly predicted: Float64Array;
}

/** A {@link ClassSums} over one array of 3 N numbers. */
export function classSumsOver(values: Float64Array): ClassSums {
  const n = values.length / 3;
  return {
    intersection: values.subarray(0, n),
    truth: values.subarray(n, 2 * n),
    predicted: values.subarray(2 * n),
  };
}

/** Sums of the images with image i taken `weights[i]` times; `perImage` holds the 3 N numbers of each. */
export function weightedClassSums(perImage: ImageCounts, n: number, weights?: Uint32Array): ClassSums {
  const values = new Float64Array(3 * n);
  perImage.addAll(values, weights);
  return classSumsOver(values);
}
