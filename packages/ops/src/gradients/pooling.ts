import { geometryOf, runOp, type WindowAttributes } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { averagePoolGradient } from '../pooling.js';
import { gradient } from './config.js';

type PoolAttributes = WindowAttributes & { filterSize: number | [number, number] };

/** Pooling; the average divides by the number of valid cells in both directions (TensorFlow.js's own gradient does not). */
export const poolingGradients: readonly tf.GradConfig[] = [
  gradient<PoolAttributes>(tf.MaxPool, {
    inputs: ['x'],
    output: true,
    backward: (dy, [input, output], attributes) => ({
      x: () => tf.engine().runKernel(tf.MaxPoolGrad, { dy, input, output }, attributes as unknown as tf.NamedAttrMap),
    }),
  }),
  gradient<PoolAttributes>(tf.AvgPool, {
    inputs: ['x'],
    shapesOnly: true,
    backward: (dy, [x], attributes) => {
      const size = attributes.filterSize;
      const [height, width] = typeof size === 'number' ? [size, size] : size;
      const geometry = geometryOf(x.shape, [height, width, 1, (x as tf.Tensor4D).shape[3]], dy.shape, attributes);
      return { x: () => runOp(averagePoolGradient, { dy }, { geometry })[0] };
    },
  }),
];
