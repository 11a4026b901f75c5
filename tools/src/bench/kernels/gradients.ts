import type { Conv2dGeometry, GradientPrecision, NativeKernels } from '@onebit/kernels';
import { type KernelCase, peakRival, type Rival } from './case.js';
import {
  filterSize,
  filterWords,
  floatOperations,
  geometryOfLayer,
  inputSize,
  inputWords,
  type Layer,
  nameOfLayer,
  normals,
  outputSize,
  signs,
} from './operands.js';
import { repeated } from './turns.js';

const layers: readonly Layer[] = [
  { size: 56, in: 64, out: 64, kernel: 3 },
  { size: 28, in: 128, out: 128, kernel: 3 },
  { size: 14, in: 256, out: 256, kernel: 3 },
];

/** Share of the float32 FMA peak, and how much faster bf16 operands must be. */
const targets = { fp32: 0.75, bf16: 1.6 } as const;

type Gradient = (precision: GradientPrecision) => void;

export function gradientCases(native: NativeKernels): KernelCase[] {
  return layers.flatMap((layer) => {
    const g = geometryOfLayer(layer);
    return (['input', 'weights'] as const).flatMap((what) => {
      const name = `backward ${what} ${nameOfLayer(layer)}`;
      const prepare = () => (what === 'input' ? inputGradient(native, g) : filterGradient(native, g));
      return [fp32Case(native, name, g, prepare), bf16Case(native, name, g, prepare)];
    });
  });
}

function fp32Case(native: NativeKernels, name: string, g: Conv2dGeometry, prepare: () => Gradient): KernelCase {
  const operations = floatOperations(g);
  return {
    name,
    implementation: `native (${native.kernelSet}) fp32, 1 thread`,
    operations,
    async prepare() {
      const gradient = prepare();
      return {
        ours: repeated(() => gradient('fp32')),
        rivals: [peakRival(native, 'fp32-fma', operations, targets.fp32)],
      };
    },
  };
}

function bf16Case(native: NativeKernels, name: string, g: Conv2dGeometry, prepare: () => Gradient): KernelCase {
  return {
    name,
    implementation: `native (${native.kernelSet}) bf16, 1 thread`,
    operations: floatOperations(g),
    async prepare() {
      const gradient = prepare();
      const rival = (contestant: Rival['contestant']): Rival => ({
        name: 'the same, fp32',
        target: targets.bf16,
        contestant,
      });
      const fp32 = repeated(() => gradient('fp32'));
      if (native.measurePeak('bf16-dot', 1) === 0) {
        return {
          ours: fp32,
          rivals: [rival({ missing: 'this machine has no AVX512-BF16; the time is that of fp32' })],
        };
      }
      return { ours: repeated(() => gradient('bf16')), rivals: [rival(fp32)] };
    },
  };
}

/** With a mask and a scale, as a training step has them. */
function inputGradient(native: NativeKernels, g: Conv2dGeometry): Gradient {
  const dy = normals(outputSize(g));
  const filter = packedFilter(native, g);
  const scale = normals(g.outChannels);
  const mask = new Int32Array(inputWords(g));
  native.packMask(normals(inputSize(g)), mask, g.inChannels, 'clip');
  const dx = new Float32Array(inputSize(g));
  return (precision) => native.binaryConv2dBackpropInput(dy, filter, scale, mask, dx, g, precision);
}

function filterGradient(native: NativeKernels, g: Conv2dGeometry): Gradient {
  const x = new Int32Array(inputWords(g));
  native.packBits(signs(inputSize(g)), x, g.inChannels, 'pm1');
  const dy = normals(outputSize(g));
  const dw = new Float32Array(filterSize(g));
  return (precision) => native.binaryConv2dBackpropFilter(x, dy, dw, g, { padValue: 0, levels: 'pm1' }, precision);
}

function packedFilter(native: NativeKernels, g: Conv2dGeometry): Int32Array {
  const words = new Int32Array(filterWords(g));
  native.packFilter(
    signs(filterSize(g)),
    words,
    g.kernelHeight * g.kernelWidth,
    g.inChannels / g.groups,
    g.outChannels,
  );
  return words;
}
