import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

type Window = ReturnType<typeof tf.backend_util.computePool2DInfo>;

interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * The gradient of max pooling for WebAssembly, in JavaScript on the module's heap. TensorFlow.js 4.22's own sends the gradient of every window
 * without a positive value to the first element of the tensor.
 */
export const maxPoolGradient: tf.KernelConfig = {
  kernelName: tf.MaxPoolGrad,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const wasm = backend as BackendWasm;
    const { dy, input } = inputs as Record<string, tf.TensorInfo>;
    const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as PoolAttributes;
    const shape = input.shape as [number, number, number, number];
    const window = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    const result = wasm.makeOutput(input.shape, 'float32');
    // Views only after the last allocation: growing the heap detaches older ones.
    const [upstream, x, dx] = [dy, input, result].map((t) => wasm.typedArrayFromHeap(t) as Float32Array);
    dx.fill(0);
    let at = 0;
    for (let n = 0; n < window.batchSize; n++) {
      for (let row = 0; row < window.outHeight; row++) {
        for (let column = 0; column < window.outWidth; column++) {
          for (let c = 0; c < window.inChannels; c++) dx[largest(x, window, n, row, column, c)] += upstream[at++];
        }
      }
    }
    return result;
  },
};

/** Index of the first largest cell of one window. */
function largest(x: Float32Array, w: Window, n: number, row: number, column: number, c: number): number {
  const [top, left] = [row * w.strideHeight - w.padInfo.top, column * w.strideWidth - w.padInfo.left];
  let best = -1;
  for (let i = Math.max(0, top); i < Math.min(w.inHeight, top + w.filterHeight); i++) {
    for (let j = Math.max(0, left); j < Math.min(w.inWidth, left + w.filterWidth); j++) {
      const at = ((n * w.inHeight + i) * w.inWidth + j) * w.inChannels + c;
      if (best < 0 || x[at] > x[best]) best = at;
    }
  }
  return best;
}
