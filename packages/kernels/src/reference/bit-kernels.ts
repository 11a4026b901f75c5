import { checkedBitKernels, filterWords } from '../checks/bit-kernels.js';
import { filterShape } from '../geometry.js';
import type { BinaryTerm, BitKernels } from '../transform.js';
import { binaryConv2d } from './binary-conv2d.js';
import { binaryDepthwiseConv2d } from './binary-depthwise-conv2d.js';
import { binaryConv2dBackpropFilter, binaryConv2dBackpropInput, binaryScaleGradient } from './binary-gradients.js';
import { binaryMatMul } from './binary-mat-mul.js';
import { maxPoolBits } from './max-pool-bits.js';
import { writeOutput } from './output-transform.js';
import { packBits, packFilter, packWhere, unpackBits } from './pack-bits.js';

const wordsOf = ({ filter }: BinaryTerm) => ('panels' in filter ? filter.panels : filter);
const layout = { kernelSet: 'reference', panelWords: filterWords };

/** The definition of {@link BitKernels}: plain loops with every option. Works everywhere, and is far slower than the other implementations. */
export const referenceBitKernels: BitKernels = checkedBitKernels(layout, {
  packBits: (x, words, channels, levels, threshold) => words.set(packBits(x, channels, levels, threshold)),
  unpackBits: (words, x, channels, levels) => x.set(unpackBits(words, channels, levels)),
  packFilter: (filter, words, taps, inChannels, outChannels) =>
    words.set(packFilter(filter, taps, inChannels, outChannels)),
  prepareFilter: (filter, g) => {
    const [kernelHeight, kernelWidth, groupIn, outChannels] = filterShape(g);
    return {
      kernelSet: layout.kernelSet,
      shape: [outChannels, kernelHeight, kernelWidth, groupIn],
      groups: g.groups,
      panels: filter.slice(),
    };
  },
  binaryMatMul,
  binaryConv2dSum: (terms, g, { padValue, levels }, transform, output) => {
    const dots = terms.map((term) => binaryConv2d(term.x, wordsOf(term), g, padValue, levels));
    writeOutput(
      terms.map(({ scale }, i) => ({ dots: dots[i], scale })),
      g.outChannels,
      transform,
      output,
    );
  },
  binaryDepthwiseConv2d: ({ x, filter, scale }, g, reading, transform, output) =>
    writeOutput([{ dots: binaryDepthwiseConv2d(x, filter, g, reading), scale }], g.outChannels, transform, output),
  maxPoolBits,
  packMask: (x, words, channels, mask) =>
    words.set(packWhere(x, channels, (v) => (mask === 'clip' ? Math.abs(v) <= 1 : Math.abs(v) < 1))),
  binaryConv2dBackpropInput,
  binaryConv2dBackpropFilter,
  binaryScaleGradient,
});
