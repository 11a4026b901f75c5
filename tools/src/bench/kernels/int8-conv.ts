import { Random } from '@onebit/common';
import type { NativeKernels } from '@onebit/kernels';
import { type KernelCase, peakRival } from './case.js';
import { onnxInt8Conv } from './onnx-conv.js';
import {
  filterSize,
  floatOperations,
  geometryOfLayer,
  inputSize,
  type Layer,
  nameOfLayer,
  outputSize,
  requireSame,
} from './operands.js';
import { repeated } from './turns.js';

/** The int8 companion of the binary layers, for what stays in eight bits between them. */
const layer: Layer = { size: 56, in: 64, out: 64, kernel: 3 };

/** uint8 activations around 128 and int8 weights; the output's step keeps the results of random operands within their eight bits. */
const steps = { x: 0.02, xZero: 128, weight: 0.01, y: 0.5, yZero: 128 } as const;
/** onnxruntime counts activations from 0, onebit from -128. */
const unsignedZero = 128;

export function int8ConvCases(native: NativeKernels): KernelCase[] {
  const g = geometryOfLayer(layer);
  const name = `int8 ${nameOfLayer(layer)}`;
  return [
    {
      name,
      implementation: `native (${native.kernelSet}) int8, 1 thread`,
      operations: floatOperations(g),
      async prepare() {
        const random = new Random(5);
        const x = Int8Array.from({ length: inputSize(g) }, () => random.int(256) - 128);
        const weights = Int8Array.from({ length: filterSize(g) }, () => random.int(255) - 127);
        const filter = native.prepareInt8Filter(weights, g);
        const y = new Int8Array(outputSize(g));
        const scale = new Float32Array(g.outChannels).fill(steps.x * steps.weight);
        const run = () =>
          native.conv2dInt8(
            { x, zeroPoint: steps.xZero - unsignedZero, filter, scale },
            g,
            {},
            { type: 'int8', y, inverseStep: 1 / steps.y, zeroPoint: steps.yZero - unsignedZero },
          );
        run();
        const unsigned = Uint8Array.from(x, (v) => v + unsignedZero);
        const onnx = await onnxInt8Conv({ geometry: g, x: unsigned, filter: weights }, steps, 1);
        if ('turn' in onnx.rival.contestant) {
          const expected = Int16Array.from(y, (v) => v + unsignedZero);
          requireSame(name, expected, onnx.output(), 1); // the two round a product of steps at different places
        }
        return {
          ours: repeated(run),
          rivals: [onnx.rival, peakRival(native, 'int8-dot', floatOperations(g), null)],
          release: onnx.release,
        };
      },
    },
  ];
}
