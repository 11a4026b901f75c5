import { type NativeKernels, wordsFor } from '@onebit/kernels';
import type { KernelCase } from './case.js';
import { normals } from './operands.js';
import { repeated } from './turns.js';

/** Pixels and channels: in the level-2 cache, and beyond it. */
const sizes = [
  { what: '56²x64', pixels: 56 * 56, channels: 64 },
  { what: '300²x64', pixels: 300 * 300, channels: 64 },
] as const;

/** Half of the bandwidth of memcpy, counting bytes read and bytes written. */
const target = 0.5;

/** Floats to bits and back against a copy that moves as many bytes. */
export function packingCases(native: NativeKernels): KernelCase[] {
  return sizes.flatMap(({ what, pixels, channels }) => {
    const make = (name: string, call: (x: Float32Array, words: Int32Array) => void): KernelCase => ({
      name: `${name} ${what}`,
      implementation: `native (${native.kernelSet}), 1 thread`,
      note: 'a copy of as many bytes read and written',
      async prepare() {
        const x = normals(pixels * channels);
        const words = new Int32Array(pixels * wordsFor(channels));
        native.packBits(x, words, channels, 'pm1');
        // A copy reads and writes every byte it moves.
        const from = new Float32Array((x.length + words.length) / 2).fill(1);
        const to = from.slice();
        return {
          ours: repeated(() => call(x, words)),
          rivals: [{ name: 'memcpy', target, contestant: repeated(() => to.set(from)) }],
        };
      },
    });
    return [
      make('pack', (x, words) => native.packBits(x, words, channels, 'pm1')),
      make('unpack', (x, words) => native.unpackBits(words, x, channels, 'pm1')),
    ];
  });
}
