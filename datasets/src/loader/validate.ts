import { OnebitError } from '@onebit/common';
import type { CommonLoaderOptions, LoaderOptions } from './types.js';

/** What loaders of every task take. */
type LoaderBasics = Pick<
  CommonLoaderOptions & Partial<LoaderOptions>,
  'batchSize' | 'imageSize' | 'mean' | 'std' | 'workers' | 'prefetch' | 'cacheBytes' | 'seed' | 'startStep' | 'steps'
>;

/** @throws OnebitError ERR_USAGE naming the first option that cannot be. */
export function checkOptions(where: string, options: CommonLoaderOptions & Partial<LoaderOptions>): void {
  checkLoaderOptions(where, options);
  const { maxExpand = 1, minCrop = 1 } = options;
  check(where, options, maxExpand >= 1, 'maxExpand', 'at least 1');
  check(where, options, minCrop > 0 && minCrop <= 1, 'minCrop', 'above 0 and at most 1');
}

/** The part of the check that does not depend on the task. @throws OnebitError ERR_USAGE */
export function checkLoaderOptions(where: string, options: LoaderBasics): void {
  const must = (holds: boolean, name: keyof LoaderBasics, what: string) => check(where, options, holds, name, what);
  const isWhole = (value: number | undefined, least: number) =>
    value === undefined || (Number.isInteger(value) && value >= least);
  const isTriple = (values: readonly number[]) => values.length === 3 && values.every(Number.isFinite);
  const { imageSize, mean, std, cacheBytes = 0, seed = 0, steps } = options;
  must(Number.isInteger(options.batchSize) && options.batchSize > 0, 'batchSize', 'a whole number above 0');
  must(
    imageSize.length === 2 && imageSize.every((side) => Number.isInteger(side) && side > 0),
    'imageSize',
    '[height, width] in pixels',
  );
  must(isTriple(mean), 'mean', 'three numbers for red, green, blue');
  must(isTriple(std) && std.every((value) => value > 0), 'std', 'three numbers above 0 for red, green, blue');
  must(isWhole(options.workers, 0), 'workers', 'a whole number, 0 or more');
  must(isWhole(options.prefetch, 0), 'prefetch', 'a whole number, 0 or more');
  must(isWhole(options.startStep, 0), 'startStep', 'a whole number, 0 or more');
  must(steps === Number.POSITIVE_INFINITY || isWhole(steps, 0), 'steps', 'a whole number, 0 or more');
  must(Number.isFinite(seed), 'seed', 'a number');
  must(cacheBytes >= 0, 'cacheBytes', '0 or more');
}

function check<T extends object>(
  where: string,
  options: T,
  holds: boolean,
  name: keyof T & string,
  must: string,
): void {
  if (holds) return;
  throw new OnebitError('ERR_USAGE', `${where}: ${name} must be ${must}, found ${JSON.stringify(options[name])}`);
}
