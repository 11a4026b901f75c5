import { type BitKernels, filterShape, inputShape, loadWasm } from '@onebit/kernels';
import { tf } from '@onebit/ops';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { BinaryConv } from './binary-layer.js';
import type { KernelCase } from './case.js';
import type { ConvOperands } from './onnx-conv.js';
import { bitOperations, geometryOfLayer, type Layer, nameOfLayer, requireSame } from './operands.js';
import { repeated } from './turns.js';

const layers: readonly Layer[] = [
  { size: 56, in: 64, out: 64, kernel: 3 },
  { size: 28, in: 128, out: 128, kernel: 3 },
  { size: 14, in: 256, out: 256, kernel: 3 },
  { size: 7, in: 512, out: 512, kernel: 3 },
];

/** A binary convolution must take a sixth of the time of a float one in the same engine. */
const target = 6;

/** WebAssembly against TensorFlow.js' WebAssembly back end; both have SIMD and one thread in Node. */
export function wasmConvCases(): KernelCase[] {
  let kernels: Promise<BitKernels> | undefined;
  return layers.map((layer) => {
    const g = geometryOfLayer(layer);
    return {
      name: nameOfLayer(layer),
      implementation: 'WebAssembly, 1 thread',
      operations: bitOperations(g),
      async prepare() {
        kernels ??= loadWasm();
        const conv = new BinaryConv(await kernels, g);
        conv.run();
        const rival = await tfjsConv(conv.scaledOperands());
        requireSame(`tfjs wasm ${nameOfLayer(layer)}`, conv.y, rival.output(), 1e-2);
        return {
          ours: repeated(conv.run),
          rivals: [{ name: `tfjs ${tf.version_core} wasm fp32 conv2d`, target, contestant: repeated(rival.run) }],
          release: async () => rival.release(),
        };
      },
    };
  });
}

/** The float convolution on tensors that stay in the memory of the back end; the offset, which only the check needs, is not timed. */
async function tfjsConv({ geometry: g, x, filter, bias }: ConvOperands) {
  await selectBackend('wasm');
  const tensors = [tf.tensor4d(x, inputShape(g)), tf.tensor4d(filter, filterShape(g)), tf.tensor1d(bias)] as const;
  const [input, weights, offset] = tensors;
  const conv = () => tf.tidy(() => tf.conv2d(input, weights, [g.strideHeight, g.strideWidth], 'same'));
  return {
    run: () => conv().dispose(),
    output: () => tf.tidy(() => tf.add(conv(), offset).dataSync()),
    release: () => tf.dispose([...tensors]),
  };
}
