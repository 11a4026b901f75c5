import { OnebitError } from '@onebit/common';
import type { CommonLoaderOptions, LoaderOptions } from './types.js';

/** @throws OnebitError ERR_USAGE naming the first option that cannot be. */
export function checkOptions(where: string, options: CommonLoaderOptions & Partial<LoaderOptions>): void {
  const check = (holds: boolean, name: keyof LoaderOptions, must: string) => {
    if (holds) return;
    throw new OnebitError('ERR_USAGE', `${where}: ${name} must be ${must}, found ${JSON.stringify(options[name])}`);
  };
  const isWhole = (value: number | undefined, least: number) =>
    value === undefined || (Number.isInteger(value) && value >= least);
  const isTriple = (values: readonly number[]) => values.length === 3 && values.every(Number.isFinite);
  const { imageSize, mean, std, maxExpand = 1, minCrop = 1, cacheBytes = 0, seed = 0, steps } = options;
  check(Number.isInteger(options.batchSize) && options.batchSize > 0, 'batchSize', 'a whole number above 0');
  check(
    imageSize.length === 2 && imageSize.every((side) => Number.isInteger(side) && side > 0),
    'imageSize',
    '[height, width] in pixels',
  );
  check(isTriple(mean), 'mean', 'three numbers for red, green, blue');
  check(isTriple(std) && std.every((value) => value > 0), 'std', 'three numbers above 0 for red, green, blue');
  check(isWhole(options.workers, 0), 'workers', 'a whole number, 0 or more');
  check(isWhole(options.prefetch, 0), 'prefetch', 'a whole number, 0 or more');
  check(isWhole(options.startStep, 0), 'startStep', 'a whole number, 0 or more');
  check(steps === Number.POSITIVE_INFINITY || isWhole(steps, 0), 'steps', 'a whole number, 0 or more');
  check(Number.isFinite(seed), 'seed', 'a number');
  check(maxExpand >= 1, 'maxExpand', 'at least 1');
  check(minCrop > 0 && minCrop <= 1, 'minCrop', 'above 0 and at most 1');
  check(cacheBytes >= 0, 'cacheBytes', '0 or more');
}
