import type { NativeKernels } from '@onebit/kernels';
import { BinaryConv } from './binary-layer.js';
import { type KernelCase, peakRival, type Rival } from './case.js';
import { onnxFloatConv, onnxInt8Conv } from './onnx-conv.js';
import { bitOperations, geometryOfLayer, type Layer, nameOfLayer, requireSame } from './operands.js';
import { type Contestant, repeated } from './turns.js';

/** The reference layers of the table: share of the xor-popcount peak, ratio to onnxruntime's float32 and int8 convolutions. */
const mainLayers: readonly (readonly [Layer, peak: number, fp32: number, int8: number])[] = [
  [{ size: 56, in: 64, out: 64, kernel: 3 }, 0.7, 15, 4.5],
  [{ size: 28, in: 128, out: 128, kernel: 3 }, 0.85, 18, 5.5],
  [{ size: 14, in: 256, out: 256, kernel: 3 }, 0.88, 18, 5.5],
  [{ size: 7, in: 512, out: 512, kernel: 3 }, 0.88, 18, 5.5],
];

/** No cliff beside the reference layers. */
const unevenLayers: readonly Layer[] = [
  { size: 56, in: 64, out: 64, kernel: 1 },
  { size: 28, in: 256, out: 256, kernel: 1 },
  { size: 56, in: 64, out: 128, kernel: 3, stride: 2 },
  { size: 28, in: 128, out: 256, kernel: 1, stride: 2 },
  { size: 38, in: 256, out: 256, kernel: 3, dilation: 2 },
  { size: 38, in: 256, out: 256, kernel: 3, dilation: 4 },
  { size: 38, in: 256, out: 256, kernel: 3, dilation: 6 },
  { size: 38, in: 256, out: 256, kernel: 3, dilation: 12 },
  { size: 56, in: 3, out: 64, kernel: 3 },
  { size: 28, in: 65, out: 128, kernel: 3 },
  { size: 28, in: 130, out: 128, kernel: 3 },
  { size: 28, in: 256, out: 256, kernel: 3, groups: 2 },
  { size: 28, in: 256, out: 256, kernel: 3, groups: 4 },
];

/** The binary 3x3 and 1x1 layers of SSD300 on VGG16: backbone, dilated fc6, fc7, first extra layers. */
const ssdLayers: readonly Layer[] = [
  { size: 300, in: 64, out: 64, kernel: 3 },
  { size: 150, in: 64, out: 128, kernel: 3 },
  { size: 150, in: 128, out: 128, kernel: 3 },
  { size: 75, in: 128, out: 256, kernel: 3 },
  { size: 75, in: 256, out: 256, kernel: 3 },
  { size: 38, in: 256, out: 512, kernel: 3 },
  { size: 38, in: 512, out: 512, kernel: 3 },
  { size: 19, in: 512, out: 512, kernel: 3 },
  { size: 19, in: 512, out: 1024, kernel: 3, dilation: 6 },
  { size: 19, in: 1024, out: 1024, kernel: 1 },
  { size: 19, in: 1024, out: 256, kernel: 1 },
  { size: 19, in: 256, out: 512, kernel: 3, stride: 2 },
];

export function binaryConvCases(native: NativeKernels): KernelCase[] {
  return [
    ...mainLayers.map(([layer, peak, fp32, int8]) => mainCase(native, layer, { peak, fp32, int8 })),
    ...unevenLayers.map((layer) => peakCase(native, nameOfLayer(layer), [layer], 0.6)),
    ...ssdLayers.map((layer) => peakCase(native, `SSD300-VGG16 ${nameOfLayer(layer)}`, [layer], 0.85)),
    peakCase(native, `SSD300-VGG16, these ${ssdLayers.length} layers together`, ssdLayers, 0.85),
    ...[mainLayers[1][0], ssdLayers[6]].map((layer) => threadsCase(native, layer)),
  ];
}

function implementationOf(native: NativeKernels): string {
  return `native (${native.kernelSet}), 1 thread`;
}

interface Targets {
  readonly peak: number;
  readonly fp32: number;
  readonly int8: number;
}

function mainCase(native: NativeKernels, layer: Layer, targets: Targets): KernelCase {
  const g = geometryOfLayer(layer);
  return {
    name: nameOfLayer(layer),
    implementation: implementationOf(native),
    operations: bitOperations(g),
    async prepare() {
      const conv = new BinaryConv(native, g);
      conv.run();
      const fp32 = await onnxFloatConv(conv.scaledOperands(), targets.fp32);
      const int8 = await int8Rival(conv, targets.int8);
      if ('turn' in fp32.rival.contestant)
        requireSame(`${fp32.rival.name}, ${nameOfLayer(layer)}`, conv.y, fp32.output(), 1e-2);
      return {
        ours: repeated(conv.run),
        rivals: [
          peakRival(native, 'xor-popcount', bitOperations(g), targets.peak),
          peakRival(native, 'carry-save', bitOperations(g), null),
          fp32.rival,
          int8.rival,
        ],
        release: async () => {
          await fp32.release();
          await int8.release();
        },
      };
    },
  };
}

/** ±1 as uint8 0 and 2 around the zero point 1, so that padding is zero; the output's step lets the largest dot product fit. */
async function int8Rival(conv: BinaryConv, target: number) {
  const { geometry: g, operands } = conv;
  const steps = { x: 1, xZero: 1, weight: 1, y: (g.kernelHeight * g.kernelWidth * g.inChannels) / 127, yZero: 128 };
  const x = Uint8Array.from(operands.x, (v) => v + 1);
  const int8 = await onnxInt8Conv({ geometry: g, x, filter: Int8Array.from(operands.filter) }, steps, target);
  if ('turn' in int8.rival.contestant) {
    const expected = Float32Array.from(conv.dots(), (dot) => dot / steps.y + steps.yZero);
    requireSame(int8.rival.name, expected, int8.output(), 0.51); // the rival rounds
  }
  return int8;
}

function peakCase(native: NativeKernels, name: string, layers: readonly Layer[], target: number): KernelCase {
  const geometries = layers.map(geometryOfLayer);
  const operations = geometries.map(bitOperations).reduce((a, b) => a + b);
  return {
    name,
    implementation: implementationOf(native),
    operations,
    async prepare() {
      const convs = geometries.map((g) => new BinaryConv(native, g));
      const run = () => {
        for (const conv of convs) conv.run();
      };
      return { ours: repeated(run), rivals: [peakRival(native, 'xor-popcount', operations, target)] };
    },
  };
}

/** The same work with two threads and with one; each turn sets the pool up anew. */
function threadsCase(native: NativeKernels, layer: Layer): KernelCase {
  const g = geometryOfLayer(layer);
  return {
    name: nameOfLayer(layer),
    implementation: `native (${native.kernelSet}), 2 threads`,
    operations: bitOperations(g),
    async prepare() {
      const conv = new BinaryConv(native, g);
      const one: Rival = { name: 'the same, 1 thread', target: 1.8, contestant: withThreads(native, 1, conv.run) };
      return { ours: withThreads(native, 2, conv.run), rivals: [one] };
    },
  };
}

/** Threads inherit the cores of the thread that starts them, so a pool of more than one needs a caller that is not bound to its core. */
function withThreads(native: NativeKernels, threads: number, call: () => void): Contestant {
  const inner = repeated(call, () => performance.now());
  return {
    async turn() {
      if (threads > 1) native.pinThread(false);
      native.setThreads(threads);
      call(); // wakes the pool
      try {
        return await inner.turn();
      } finally {
        native.setThreads(1);
        native.pinThread(true);
      }
    },
  };
}
