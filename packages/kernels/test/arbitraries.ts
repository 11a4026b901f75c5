import { Random } from '@onebit/common';
import fc from 'fast-check';
import { type Conv2dGeometry, conv2dGeometry } from '../src/geometry.js';

/** Standard normal numbers from a seed, so that a counterexample prints as a few integers. */
export function normals(size: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: size }, () => random.normal());
}

/** Convolution geometries at the edges: odd sizes, strides to 3, dilations to 4, a pad of its own on each side, groups, empty batches. */
export const geometries = (channels: readonly number[], maxSize = 11): fc.Arbitrary<Conv2dGeometry> =>
  fc
    .record({
      batch: fc.constantFrom(0, 1, 2, 3),
      size: fc.tuple(fc.integer({ min: 1, max: maxSize }), fc.integer({ min: 1, max: maxSize })),
      kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
      strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      dilations: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
      pads: fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 4 }))),
      groups: fc.constantFrom(1, 1, 1, 2, 3),
      groupIn: fc.constantFrom(...channels),
      groupOut: fc.constantFrom(1, 2, 15, 16, 17, 33),
    })
    .map(({ batch, size, kernel, strides, dilations, pads, groups, groupIn, groupOut }) => {
      const [top, bottom, left, right] = pads;
      // The kernel must fit: grow the image to its extent where the pads do not suffice.
      const height = Math.max(size[0], (kernel[0] - 1) * dilations[0] + 1 - top - bottom);
      const width = Math.max(size[1], (kernel[1] - 1) * dilations[1] + 1 - left - right);
      return conv2dGeometry([batch, height, width, groupIn * groups], [...kernel, groupIn, groupOut * groups], {
        strides,
        dilations,
        padding: { top, bottom, left, right },
        groups,
      });
    });
