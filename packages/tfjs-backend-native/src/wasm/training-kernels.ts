import {
  conv2dFilterGradient,
  conv2dInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  type GeometryAttributes,
  geometryOf,
  type Op,
  type WindowAttributes,
} from '@onebit/ops';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { maxPoolGradient } from './max-pool-gradient.js';

const backendName = 'wasm';

/**
 * Registers what TensorFlow.js's WebAssembly back end lacks for training: the gradients of convolutions (its own input gradient, which exists, runs
 * at a fifteenth of the speed of the same thing written as a convolution, so it is replaced), of `gather`, and of max pooling, which is
 * there but wrong. May be called again.
 */
export function registerWasmTrainingKernels(): void {
  for (const config of [...convolutionKernels(), segmentSum, maxPoolGradient]) {
    if (tf.getKernel(config.kernelName, backendName) != null) tf.unregisterKernel(config.kernelName, backendName);
    tf.registerKernel(config);
  }
}

type ShapeAttributes = WindowAttributes & { inputShape: number[]; filterShape: number[] };

/** A gradient kernel of TensorFlow.js by way of the portable form of ours. */
function through(
  kernelName: string,
  op: Op<GeometryAttributes>,
  shapes: (inputs: Record<string, tf.Tensor>, attributes: ShapeAttributes) => [input: number[], filter: number[]],
): tf.KernelConfig {
  return {
    kernelName,
    backendName,
    kernelFunc: (call) => {
      const inputs = call.inputs as unknown as Record<string, tf.Tensor>;
      const attributes = call.attrs as unknown as ShapeAttributes;
      const [input, filter] = shapes(inputs, attributes);
      const geometry = geometryOf(input, filter, inputs.dy.shape, attributes);
      return tf.tidy(() => op.portable(inputs, { geometry })) as tf.TensorInfo;
    },
  };
}

const grouped = ([height, width, channels, multiplier]: number[]) => [height, width, 1, channels * multiplier];

function convolutionKernels(): tf.KernelConfig[] {
  return [
    through(tf.Conv2DBackpropInput, conv2dInputGradient, ({ filter }, a) => [a.inputShape, filter.shape]),
    through(tf.Conv2DBackpropFilter, conv2dFilterGradient, ({ x }, a) => [x.shape, a.filterShape]),
    through(tf.DepthwiseConv2dNativeBackpropInput, depthwiseInputGradient, ({ filter }, a) => [
      a.inputShape,
      grouped(filter.shape),
    ]),
    through(tf.DepthwiseConv2dNativeBackpropFilter, depthwiseFilterGradient, ({ x }, a) => [
      x.shape,
      grouped(a.filterShape),
    ]),
  ];
}

const segmentSum: tf.KernelConfig = {
  kernelName: tf.UnsortedSegmentSum,
  backendName,
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, segmentIds } = inputs as Record<string, tf.TensorInfo>;
    const wasm = backend as BackendWasm;
    const { numSegments } = attrs as unknown as { numSegments: number };
    const inner = tf.util.sizeFromShape(x.shape.slice(1));
    const result = wasm.makeOutput([numSegments, ...x.shape.slice(1)], 'float32');
    // Views only after the last allocation: growing the heap detaches older ones.
    const sums = wasm.typedArrayFromHeap(result).fill(0);
    const values = wasm.typedArrayFromHeap(x);
    const ids = wasm.typedArrayFromHeap(segmentIds);
    for (let row = 0; row < ids.length; row++) {
      const segment = ids[row];
      if (segment < 0 || segment >= numSegments) continue;
      for (let i = 0; i < inner; i++) sums[segment * inner + i] += values[row * inner + i];
    }
    return result;
  },
};
