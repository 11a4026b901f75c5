import type { Conv2dGeometry } from '../geometry.js';

const keys = [
  'batch',
  'inHeight',
  'inWidth',
  'inChannels',
  'outHeight',
  'outWidth',
  'outChannels',
  'kernelHeight',
  'kernelWidth',
  'strideHeight',
  'strideWidth',
  'dilationHeight',
  'dilationWidth',
  'padTop',
  'padBottom',
  'padLeft',
  'padRight',
  'groups',
] as const satisfies readonly (keyof Conv2dGeometry)[];

const numbers = new Float64Array(keys.length);

/**
 * A geometry as one array for the add-on (native/conv/read_geometry.cc has the same order): through Node-API each property of an object costs half a
 * microsecond, ten together, as much as a small layer. The array is the same at every call; the add-on does not keep it. What is not a geometry gives
 * NaN, which the add-on rejects.
 */
export function geometryNumbers(geometry: Conv2dGeometry): Float64Array {
  for (let i = 0; i < keys.length; i++) {
    const value: unknown = geometry?.[keys[i]];
    numbers[i] = typeof value === 'number' ? value : Number.NaN;
  }
  return numbers;
}
