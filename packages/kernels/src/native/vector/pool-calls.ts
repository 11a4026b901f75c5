import { poolNumbers } from '../geometry-numbers.js';
import type { PoolKernels } from './pool.js';

/** The add-on's own functions; see BinaryAddOn for why they take no objects. */
export type PoolAddOn = {
  [K in keyof PoolKernels]: PoolKernels[K] extends (geometry: never, ...rest: infer Rest) => void
    ? (geometry: Float64Array, ...rest: Rest) => void
    : never;
};

/** The kernels over the functions of an add-on. */
export function poolKernels(addOn: PoolAddOn): PoolKernels {
  return {
    maxPool: (g, x, y) => addOn.maxPool(poolNumbers(g), x, y),
    maxPoolPositions: (g, x, y, positions) => addOn.maxPoolPositions(poolNumbers(g), x, y, positions),
    maxPoolScatter: (g, dy, positions, dx) => addOn.maxPoolScatter(poolNumbers(g), dy, positions, dx),
    maxPoolGradient: (g, dy, x, dx) => addOn.maxPoolGradient(poolNumbers(g), dy, x, dx),
    avgPool: (g, x, y) => addOn.avgPool(poolNumbers(g), x, y),
    avgPoolGradient: (g, dy, dx) => addOn.avgPoolGradient(poolNumbers(g), dy, dx),
  };
}
