import type { Conv2dGeometry } from '../geometry.js';
import type { PoolGeometry } from './vector/pool.js';

/**
 * Writes the properties of an object into one array for the add-on, which reads them in the same order: through Node-API each property of an object costs
 * half a microsecond, ten together as much as a small layer. The array is the same at every call; the add-on does not keep it. What is not a number
 * gives NaN, which the add-on rejects.
 */
function inOrder<T extends object>(keys: readonly (keyof T)[]): (object: T) => Float64Array {
  const numbers = new Float64Array(keys.length);
  return (object) => {
    for (let i = 0; i < keys.length; i++) {
      const value: unknown = object?.[keys[i]];
      numbers[i] = typeof value === 'number' ? value : Number.NaN;
    }
    return numbers;
  };
}

/** A convolution's geometry for native/conv/read_geometry.cc. */
export const geometryNumbers = inOrder<Conv2dGeometry>([
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
]);

/** A pooling's geometry for native/vector/pool.cc. */
export const poolNumbers = inOrder<PoolGeometry>([
  'batch',
  'inHeight',
  'inWidth',
  'channels',
  'outHeight',
  'outWidth',
  'windowHeight',
  'windowWidth',
  'strideHeight',
  'strideWidth',
  'padTop',
  'padLeft',
]);
