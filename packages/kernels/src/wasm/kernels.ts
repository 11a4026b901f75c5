import { OnebitError } from '@onebit/common/errors';
import { wordBits, wordsFor } from '../bits.js';
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
  PreparedFilter,
  SavedMask,
  Threshold,
} from '../transform.js';
import type { Arena, Storable } from './arena.js';
import { Fields, geometryFields, storeThresholds, transformFields } from './descriptor.js';
import type { RangeFunction, WasmFunctions, WasmInstance } from './module.js';

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
  return {
    ...checkedBitKernels(layout, new UncheckedKernels(instance)),
    kernelSet: layout.kernelSet,
    threads: instance.threads,
    memoryBytes: () => instance.arena.memory.buffer.byteLength,
  };
}

/** Copies the operands into the module's memory, calls it, and copies the result out. */
class UncheckedKernels implements BitKernels {
  readonly #module: WasmFunctions;
  readonly #arena: Arena;

  constructor(readonly instance: WasmInstance) {
    this.#module = instance.functions;
    this.#arena = instance.arena;
  }

  packBits(x: Float32Array, words: Int32Array, channels: number, levels: Levels, threshold?: Threshold): void {
    this.#write(words, (y) => {
      const thresholds = storeThresholds(this.#arena, threshold, channels);
      this.#module.pack_bits(this.#in(x), y, x.length / channels, channels, flag(levels), ...thresholds);
    });
  }

  unpackBits(words: Int32Array, x: Float32Array, channels: number, levels: Levels): void {
    this.#write(x, (y) => {
      this.#module.unpack_bits(this.#in(words), y, x.length / channels, channels, flag(levels));
    });
  }

  packFilter(filter: Float32Array, words: Int32Array, taps: number, inChannels: number, outChannels: number): void {
    this.#write(words, (y) => this.#module.pack_filter(this.#in(filter), y, taps, inChannels, outChannels));
  }

  packMask(x: Float32Array, words: Int32Array, channels: number, mask: SavedMask): void {
    const open = mask === 'clip-open' ? 1 : 0;
    this.#write(words, (y) => this.#module.pack_mask(this.#in(x), y, x.length / channels, channels, open));
  }

  prepareFilter(filter: Int32Array, g: Conv2dGeometry): PreparedFilter {
    const panels = new Int32Array(panelWords(g));
    this.#write(panels, (y) => this.#module.lay_out_filter(this.#geometry(g), this.#in(filter), y));
    const shape = [g.outChannels, g.kernelHeight, g.kernelWidth, g.inChannels / g.groups] as const;
    return { kernelSet: layout.kernelSet, shape, groups: g.groups, panels };
  }

  binaryMatMul(a: Int32Array, b: Int32Array, y: Int32Array, depth: number, levels: Levels): void {
    const [rows, columns] = [a.length / wordsFor(depth), b.length / wordsFor(depth)];
    if (rows === 0 || columns === 0) return;
    // Rows of a are pixels, rows of b the filters of a 1 x 1 convolution.
    const g = conv2dGeometry([1, rows, 1, depth], [1, 1, depth, columns]);
    this.binaryConv2dSum([{ x: a, filter: b, scale: null }], g, { padValue: 0, levels }, {}, { type: 'dots', y });
  }

  binaryConv2dSum(
    terms: readonly BinaryTerm[],
    g: Conv2dGeometry,
    { padValue, levels }: BinaryReading,
    transform: OutputTransform,
    output: BinaryOutput,
  ): void {
    this.#write(output.y, (y) => {
      // Whole vectors are stored, up to three lanes behind the last channel.
      const rowStride = Math.ceil((g.outChannels + lanes - 1) / lanes) * lanes;
      const rows = (count: number) => this.#arena.allocate(count * rowStride * 4);
      const list = new Fields();
      for (const term of terms) {
        list.int(this.#in(term.x), this.#panels(term, g), this.#in(term.scale));
        list.int(rows(g.kernelHeight * g.kernelWidth), rows(1));
      }
      const convolution = geometryFields(g)
        .int(padValue, flag(levels), rowStride, terms.length, list.store(this.#arena))
        .add(transformFields(this.#arena, transform, output, g.outChannels, y))
        .store(this.#arena);
      this.#module.convolution_prepare(convolution);
      this.#run('convolution_run', convolution, g, () => {
        const words = this.#arena.allocate(blockPixels * depthOf(g) * 4);
        return new Fields().int(words, rows(blockPixels), rows(1), rows(blockPixels)).store(this.#arena);
      });
    });
  }

  binaryDepthwiseConv2d(
    { x, filter, scale }: BinaryTerm & { readonly filter: Int32Array },
    g: Conv2dGeometry,
    { padValue, levels }: BinaryReading,
    transform: OutputTransform,
    output: BinaryOutput,
  ): void {
    this.#write(output.y, (y) => {
      const depthwise = geometryFields(g)
        .int(padValue, flag(levels), this.#in(x), this.#in(filter), this.#in(scale))
        .add(transformFields(this.#arena, transform, output, g.outChannels, y))
        .store(this.#arena);
      this.#run('depthwise_run', depthwise, g, () => this.#arena.allocate(wordsFor(g.inChannels) * wordBits * 4));
    });
  }

  maxPoolBits(x: Int32Array, y: Int32Array, g: Conv2dGeometry, levels: Levels): void {
    this.#write(y, (to) => this.#module.max_pool_bits(this.#geometry(g), this.#in(x), to, flag(levels)));
  }

  binaryConv2dBackpropInput(
    dy: Float32Array,
    filter: Int32Array,
    scale: Float32Array | null,
    mask: Int32Array | null,
    dx: Float32Array,
    g: Conv2dGeometry,
    precision: GradientPrecision,
  ): void {
    requireFp32('binaryConv2dBackpropInput', precision);
    this.#write(dx, (y) => {
      const depth = (g.kernelHeight * g.kernelWidth * g.outChannels) / g.groups;
      const signs = this.#arena.allocate(vectorsOf(g) * lanes * depth * 4);
      const gathered = this.#arena.allocate(blockPixels * depth * 4);
      const operands = [this.#in(dy), this.#in(filter), this.#in(scale), this.#in(mask)] as const;
      this.#module.backprop_input(this.#geometry(g), ...operands, y, signs, gathered);
    });
  }

  binaryConv2dBackpropFilter(
    x: Int32Array,
    dy: Float32Array,
    dw: Float32Array,
    g: Conv2dGeometry,
    { padValue, levels }: BinaryReading,
    precision: GradientPrecision,
  ): void {
    requireFp32('binaryConv2dBackpropFilter', precision);
    this.#write(dw, (y) => {
      const values = this.#arena.allocate(gradientPixels * vectorsOf(g) * lanes * 4);
      const operands = [this.#in(x), this.#in(dy)] as const;
      this.#module.backprop_filter(this.#geometry(g), ...operands, y, padValue, flag(levels), values);
    });
  }

  binaryScaleGradient(
    dw: Float32Array,
    filter: Int32Array,
    dScale: Float32Array,
    taps: number,
    inChannels: number,
  ): void {
    this.#write(dScale, (y) => {
      this.#module.scale_gradient(this.#in(dw), this.#in(filter), y, taps, inChannels, dScale.length);
    });
  }

  /** Forgets the arrays of the last call, then lets `call` write to an address and copies what stands there to `to`. */
  #write(to: Float32Array | Int32Array | Int8Array, call: (y: number) => void): void {
    this.#arena.reset();
    const y = this.#arena.allocate(to.byteLength);
    call(y);
    this.#arena.copyOut(y, to);
  }

  #in(array: Storable | null): number {
    return this.#arena.copyIn(array);
  }

  #geometry(g: Conv2dGeometry): number {
    return geometryFields(g).store(this.#arena);
  }

  #panels({ filter }: BinaryTerm, g: Conv2dGeometry): number {
    if ('panels' in filter) return this.#in(filter.panels);
    const panels = this.#arena.allocate(panelWords(g) * 4);
    this.#module.lay_out_filter(this.#geometry(g), this.#in(filter), panels);
    return panels;
  }

  /** Runs the function over all output pixels, in blocks of which every thread gets a few; each thread has a workspace. */
  #run(name: RangeFunction, argument: number, g: Conv2dGeometry, allocateWorkspace: () => number): void {
    const { threads, runRanges } = this.instance;
    const workspaces = Array.from({ length: threads }, allocateWorkspace);
    const pixels = g.batch * g.outHeight * g.outWidth;
    const grain = Math.max(1, Math.ceil(pixels / threads / 4 / blockPixels)) * blockPixels;
    runRanges(this.#module, name, argument, workspaces, pixels, grain);
  }
}

/** Vectors that hold the input channels of a group. */
function vectorsOf(g: Conv2dGeometry): number {
  return Math.ceil(g.inChannels / g.groups / lanes);
}

function requireFp32(where: keyof BitKernels, precision: GradientPrecision): void {
  if (precision === 'fp32') return;
  throw new OnebitError('ERR_BACKEND', `${where}: precision must be 'fp32' on WebAssembly, got '${precision}'`);
}
