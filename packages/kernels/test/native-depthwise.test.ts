import { expect, test } from 'vitest';
import { conv2dGeometry } from '../src/geometry.js';
import { referenceBitKernels as reference } from '../src/reference/bit-kernels.js';
import { expectSameBits, randomBits } from './bit-operands.js';
import { eachKernelSet } from './kernel-sets.js';
import { depthwiseSuite } from './suites/depthwise.js';

eachKernelSet('binary depthwise convolution', (native) => {
  depthwiseSuite(native);

  // More than 255 taps are counted in parts; 8,300 channels are more than one block of words, 300 pixels of 64 more than one of pixels.
  test.for([
    ['more taps than a byte counts', [1, 9, 10, 35], [17, 16]],
    ['many channels', [1, 3, 4, 8300], [3, 2]],
    ['a long row', [2, 2, 300, 64], [3, 3]],
    ['a kernel of 32 taps', [1, 20, 5, 33], [32, 1]],
  ] as const)('%s', ([, input, kernel]) => {
    const g = conv2dGeometry(input, [...kernel, 1, input[3]], { groups: input[3], padding: 'same' });
    const x = randomBits(g.batch * g.inHeight * g.inWidth, g.inChannels, 1);
    const term = { x, filter: randomBits(kernel[0] * kernel[1], g.inChannels, 2), scale: null };
    for (const levels of ['pm1', 'zero-one'] as const) {
      for (const padValue of [0, 1, -1] as const) {
        const size = g.batch * g.outHeight * g.outWidth * g.outChannels;
        const [expected, actual] = [5, -7].map((v) => ({ type: 'dots', y: new Int32Array(size).fill(v) }) as const);
        reference.binaryDepthwiseConv2d(term, g, { padValue, levels }, {}, expected);
        native().binaryDepthwiseConv2d(term, g, { padValue, levels }, {}, actual);
        expectSameBits(actual.y, expected.y);
      }
    }
  });

  test('errors say what must hold and what was found', () => {
    const g = conv2dGeometry([1, 4, 4, 33], [3, 3, 1, 33], { groups: 33 });
    const term = { x: new Int32Array(32), filter: new Int32Array(18), scale: new Float32Array(33) };
    const reading = { padValue: 0, levels: 'pm1' } as const;
    const run = (changed: object, type: 'dots' | 'float32' = 'float32') =>
      native().binaryDepthwiseConv2d(
        { ...term, ...changed },
        g,
        reading,
        {},
        type === 'dots' ? { type, y: new Int32Array(528) } : { type, y: new Float32Array(528) },
      );
    expect(() => run({ x: new Int32Array(31) })).toThrow('binaryDepthwiseConv2d: x must have length 32, got 31');
    expect(() => run({ filter: new Int32Array(9) })).toThrow('filter must have length 18, got 9');
    expect(() => run({ scale: new Float32Array(1) })).toThrow('scale must have length 33, got 1');
    expect(() => run({ x: term.scale })).toThrow('x must be a Int32Array');
    expect(() => run({}, 'dots')).toThrow('dots must have one term without scale and no transform');
  });
});
