import type { BinaryOutput, BitKernels, Conv2dGeometry } from '@onebit/kernels';
import type { ConvOperands } from './onnx-conv.js';
import { filterSize, filterWords, inputSize, inputWords, normals, outputSize, signs } from './operands.js';

type ConvolutionKernels = Pick<BitKernels, 'packBits' | 'packFilter' | 'prepareFilter' | 'binaryConv2dSum'>;

/** A binary convolution with scale and offset, ready to be called. */
export class BinaryConv {
  readonly operands: ConvOperands;
  readonly y: Float32Array;
  readonly #x: Int32Array;
  readonly #scale: Float32Array;
  readonly #call: (scale: Float32Array | null, output: BinaryOutput) => void;

  constructor(
    kernels: ConvolutionKernels,
    readonly geometry: Conv2dGeometry,
  ) {
    const g = geometry;
    const [x, filter] = [signs(inputSize(g)), signs(filterSize(g))];
    this.#scale = normals(g.outChannels);
    this.operands = { geometry: g, x, filter, bias: normals(g.outChannels) };
    this.#x = new Int32Array(inputWords(g));
    kernels.packBits(x, this.#x, g.inChannels, 'pm1');
    const words = new Int32Array(filterWords(g));
    kernels.packFilter(filter, words, g.kernelHeight * g.kernelWidth, g.inChannels / g.groups, g.outChannels);
    const prepared = kernels.prepareFilter(words, g);
    this.y = new Float32Array(outputSize(g));
    this.#call = (scale, output) =>
      kernels.binaryConv2dSum(
        [{ x: this.#x, filter: prepared, scale }],
        g,
        { padValue: 0, levels: 'pm1' },
        scale === null ? {} : { offset: this.operands.bias },
        output,
      );
  }

  readonly run = (): void => this.#call(this.#scale, { type: 'float32', y: this.y });

  dots(): Int32Array {
    const y = new Int32Array(this.y.length);
    this.#call(null, { type: 'dots', y });
    return y;
  }

  /** The float convolution that gives the same: the scale multiplies the weights. */
  scaledOperands(): ConvOperands {
    const { outChannels } = this.geometry;
    return { ...this.operands, filter: this.operands.filter.map((w, i) => w * this.#scale[i % outChannels]) };
  }
}
