import { OnebitError } from '@onebit/common/errors';
import { wordsFor } from '../bits.js';
import { checkedBitKernels, type FilterLayout } from '../checks/bit-kernels.js';
import { type Conv2dGeometry, conv2dGeometry } from '../geometry.js';
import type { Levels } from '../native/binary.js';
import type {
  BinaryOutput,
  BinaryReading,
  BinaryTerm,
  BitKernels,
  GradientPrecision,
  OutputTransform,
} from '../transform.js';
import { Fields, geometryFields, storeThresholds, transformFields } from './descriptor.js';
import type { RangeFunction, WasmInstance } from './module.js';

/** The bit kernels in WebAssembly with 128-bit vectors. Gradients are fp32: bf16 is an error. */
export interface WasmKernels extends BitKernels {
  readonly kernelSet: 'wasm-simd128';
  /** Threads that share the convolutions, the calling one included; all else runs on the calling one. */
  readonly threads: number;
  /** Bytes the module holds now; it keeps what its largest call needed. */
  memoryBytes(): number;
}

/** Channels of a vector; pixels of a block (kBlock of wasm/binary_conv.cc and wasm/gradients.cc; kPixels there). */
const lanes = 4;
const blockPixels = 16;
const gradientPixels = 64;

const layout: FilterLayout & { kernelSet: 'wasm-simd128' } = { kernelSet: 'wasm-simd128', panelWords };

/** Length of the panels `[groups, ceil(group_out / 4), taps, words, 4]`. */
function panelWords(g: Conv2dGeometry): number {
  return g.groups * Math.ceil(g.outChannels / g.groups / lanes) * lanes * depthOf(g);
}

/** Words of one dot product. */
function depthOf(g: Conv2dGeometry): number {
  return g.kernelHeight * g.kernelWidth * wordsFor(g.inChannels / g.groups);
}

const flag = (levels: Levels) => (levels === 'zero-one' ? 1 : 0);

/** The kernels of one instance of the module. */
export function wasmKernels(instance: WasmInstance): WasmKernels {
  const { functions, arena, threads, runRanges } = instance;

  /** Forgets the arrays of the last call, then lets `call` write to an address and copies what stands there to `to`. */
  function write(to: Float32Array | Int32Array | Int8Array, call: (y: number) => void): void {
    arena.reset();
    const y = arena.allocate(to.byteLength);
    call(y);
    arena.copyOut(y, to);
  }

  function perThread(allocate: () => number): number[] {
    return Array.from({ length: threads }, allocate);
  }

  /** Runs the function over all output pixels, in blocks of which every thread gets a few. */
  function run(name: RangeFunction, argument: number, workspaces: readonly number[], g: Conv2dGeometry): void {
    const pixels = g.batch * g.outHeight * g.outWidth;
    const grain = Math.max(1, Math.ceil(pixels / threads / 4 / blockPixels)) * blockPixels;
    runRanges(functions, name, argument, workspaces, pixels, grain);
  }

  function binaryConv2dSum(
    terms: readonly BinaryTerm[],
    g: Conv2dGeometry,
    { padValue, levels }: BinaryReading,
    transform: OutputTransform,
    output: BinaryOutput,
  ): void {
    write(output.y, (y) => {
      const geometry = geometryFields(g);
      // Whole vectors are stored, up to three lanes behind the last channel.
      const rowStride = Math.ceil((g.outChannels + lanes - 1) / lanes) * lanes;
      const rows = (count: number) => arena.allocate(count * rowStride * 4);
      const list = new Fields();
      for (const term of terms) {
        list.int(arena.copyIn(term.x), panelsOf(term, g), arena.copyIn(term.scale));
        list.int(rows(g.kernelHeight * g.kernelWidth), rows(1));
      }
      const convolution = geometry
        .int(padValue, flag(levels), rowStride, terms.length, list.store(arena))
        .add(transformFields(arena, transform, output, g.outChannels, y))
        .store(arena);
      const workspaces = perThread(() => {
        const words = arena.allocate(blockPixels * depthOf(g) * 4);
        return new Fields().int(words, rows(blockPixels), rows(1), rows(blockPixels)).store(arena);
      });
      functions.convolution_prepare(convolution);
      run('convolution_run', convolution, workspaces, g);
    });
  }

  function panelsOf({ filter }: BinaryTerm, g: Conv2dGeometry): number {
    if ('panels' in filter) return arena.copyIn(filter.panels);
    const panels = arena.allocate(panelWords(g) * 4);
    functions.lay_out_filter(geometryFields(g).store(arena), arena.copyIn(filter), panels);
    return panels;
  }

  const kernels: BitKernels = {
    packBits(x, words, channels, levels, threshold) {
      write(words, (y) => {
        const thresholds = storeThresholds(arena, threshold, channels);
        functions.pack_bits(arena.copyIn(x), y, x.length / channels, channels, flag(levels), ...thresholds);
      });
    },
    unpackBits(words, x, channels, levels) {
      write(x, (y) => functions.unpack_bits(arena.copyIn(words), y, x.length / channels, channels, flag(levels)));
    },
    packFilter(filter, words, taps, inChannels, outChannels) {
      write(words, (y) => functions.pack_filter(arena.copyIn(filter), y, taps, inChannels, outChannels));
    },
    prepareFilter(filter, g) {
      const panels = new Int32Array(panelWords(g));
      write(panels, (y) => functions.lay_out_filter(geometryFields(g).store(arena), arena.copyIn(filter), y));
      const shape = [g.outChannels, g.kernelHeight, g.kernelWidth, g.inChannels / g.groups] as const;
      return { kernelSet: layout.kernelSet, shape, groups: g.groups, panels };
    },
    binaryMatMul(a, b, y, depth, levels) {
      const [rows, columns] = [a.length / wordsFor(depth), b.length / wordsFor(depth)];
      if (rows === 0 || columns === 0) return;
      // Rows of a are pixels, rows of b the filters of a 1 x 1 convolution.
      const g = conv2dGeometry([1, rows, 1, depth], [1, 1, depth, columns]);
      binaryConv2dSum([{ x: a, filter: b, scale: null }], g, { padValue: 0, levels }, {}, { type: 'dots', y });
    },
    binaryConv2dSum,
    binaryDepthwiseConv2d({ x, filter, scale }, g, { padValue, levels }, transform, output) {
      write(output.y, (y) => {
        const depthwise = geometryFields(g)
          .int(padValue, flag(levels), arena.copyIn(x), arena.copyIn(filter), arena.copyIn(scale))
          .add(transformFields(arena, transform, output, g.outChannels, y))
          .store(arena);
        const values = perThread(() => arena.allocate(wordsFor(g.inChannels) * 32 * 4));
        run('depthwise_run', depthwise, values, g);
      });
    },
    maxPoolBits(x, y, g, levels) {
      write(y, (to) => functions.max_pool_bits(geometryFields(g).store(arena), arena.copyIn(x), to, flag(levels)));
    },
    packMask(x, words, channels, mask) {
      const open = mask === 'clip-open' ? 1 : 0;
      write(words, (y) => functions.pack_mask(arena.copyIn(x), y, x.length / channels, channels, open));
    },
    binaryConv2dBackpropInput(dy, filter, scale, mask, dx, g, precision) {
      requireFp32('binaryConv2dBackpropInput', precision);
      write(dx, (y) => {
        const depth = (g.kernelHeight * g.kernelWidth * g.outChannels) / g.groups;
        const signs = arena.allocate(Math.ceil(g.inChannels / g.groups / lanes) * lanes * depth * 4);
        const gathered = arena.allocate(blockPixels * depth * 4);
        const operands = [arena.copyIn(dy), arena.copyIn(filter), arena.copyIn(scale), arena.copyIn(mask)] as const;
        functions.backprop_input(geometryFields(g).store(arena), ...operands, y, signs, gathered);
      });
    },
    binaryConv2dBackpropFilter(x, dy, dw, g, { padValue, levels }, precision) {
      requireFp32('binaryConv2dBackpropFilter', precision);
      write(dw, (y) => {
        const values = arena.allocate(gradientPixels * Math.ceil(g.inChannels / g.groups / lanes) * lanes * 4);
        const operands = [arena.copyIn(x), arena.copyIn(dy)] as const;
        functions.backprop_filter(geometryFields(g).store(arena), ...operands, y, padValue, flag(levels), values);
      });
    },
    binaryScaleGradient(dw, filter, dScale, taps, inChannels) {
      write(dScale, (y) => {
        functions.scale_gradient(arena.copyIn(dw), arena.copyIn(filter), y, taps, inChannels, dScale.length);
      });
    },
  };
  const memoryBytes = () => arena.memory.buffer.byteLength;
  return { ...checkedBitKernels(layout, kernels), kernelSet: layout.kernelSet, threads, memoryBytes };
}

function requireFp32(where: keyof BitKernels, precision: GradientPrecision): void {
  if (precision === 'fp32') return;
  throw new OnebitError('ERR_BACKEND', `${where}: precision must be 'fp32' on WebAssembly, got '${precision}'`);
}
