import type { NativeKernels } from '@onebit/kernels';
import { type KernelCase, peakRival } from './case.js';
import { onnxFloatConv } from './onnx-conv.js';
import {
  filterSize,
  floatOperations,
  geometryOfLayer,
  inputSize,
  type Layer,
  nameOfLayer,
  normals,
  outputSize,
  requireSame,
} from './operands.js';
import { repeated } from './turns.js';

/** The float companions of a binary network: a stage's 3x3 and the 7x7 stem. */
const layers: readonly Layer[] = [
  { size: 56, in: 64, out: 64, kernel: 3 },
  { size: 224, in: 3, out: 64, kernel: 7, stride: 2 },
];

export function floatConvCases(native: NativeKernels): KernelCase[] {
  return layers.map((layer) => {
    const g = geometryOfLayer(layer);
    const name = `fp32 ${nameOfLayer(layer)}`;
    return {
      name,
      implementation: `native (${native.kernelSet}) fp32, 1 thread`,
      operations: floatOperations(g),
      async prepare() {
        const operands = {
          geometry: g,
          x: normals(inputSize(g)),
          filter: normals(filterSize(g)),
          bias: normals(g.outChannels),
        };
        const y = new Float32Array(outputSize(g));
        const prepared = native.prepareConvFilter(operands.filter, g);
        const run = () => native.conv2dFused(operands.x, prepared, y, g, { offset: operands.bias });
        run();
        const onnx = await onnxFloatConv(operands, 1);
        if ('turn' in onnx.rival.contestant) requireSame(name, y, onnx.output(), 1e-2);
        return {
          ours: repeated(run),
          rivals: [onnx.rival, peakRival(native, 'fp32-fma', floatOperations(g), null)],
          release: onnx.release,
        };
      },
    };
  });
}
