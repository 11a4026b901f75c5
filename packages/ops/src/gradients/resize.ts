import * as tf from '@tensorflow/tfjs-core';
import { bilinearGradient, interpolate, nearestMatrix, type ResizeAlignment } from '../resize.js';
import { gradient } from './config.js';

interface ResizeAttributes {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

function alignmentOf({ alignCorners, halfPixelCenters }: ResizeAttributes): ResizeAlignment {
  if (halfPixelCenters) return 'half-pixel';
  return alignCorners ? 'align-corners' : 'origin';
}

/** Resizing is linear, so its gradient is the product with the transposed interpolation matrices; TensorFlow.js's own are wrong in several ways. */
export const resizeGradients: readonly tf.GradConfig[] = [
  gradient<ResizeAttributes>(tf.ResizeBilinear, {
    inputs: ['images'],
    shapesOnly: true,
    backward: (dy, [images], attributes) => ({
      images: () => bilinearGradient(dy, images.shape, alignmentOf(attributes)),
    }),
  }),
  gradient<ResizeAttributes>(tf.ResizeNearestNeighbor, {
    inputs: ['images'],
    shapesOnly: true,
    backward: (dy, [images], { alignCorners, halfPixelCenters }) => ({
      images: () => {
        const [rows, columns] = [1, 2].map((axis) =>
          nearestMatrix(images.shape[axis], dy.shape[axis], alignCorners, halfPixelCenters),
        );
        return interpolate(dy as tf.Tensor4D, tf.transpose(rows), tf.transpose(columns));
      },
    }),
  }),
];
