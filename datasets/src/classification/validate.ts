import { OnebitError } from '@onebit/common';
import { checkLoaderOptions } from '../loader/validate.js';
import type { ClassificationLoaderOptions, CommonClassificationLoaderOptions } from './loader.js';

/** @throws OnebitError ERR_USAGE naming the first option that cannot be. */
export function checkOptions(
  where: string,
  options: CommonClassificationLoaderOptions & Partial<ClassificationLoaderOptions>,
): void {
  checkLoaderOptions(where, options);
  const { augment } = options;
  const check = (holds: boolean, what: string) => {
    if (!holds) {
      throw new OnebitError(
        'ERR_USAGE',
        `${where}: augment ${augment.kind}: ${what}, found ${JSON.stringify(augment)}`,
      );
    }
  };
  const isRange = ([low, high]: readonly [number, number]) => low > 0 && low <= high;
  if (augment.kind === 'centre') check(augment.share > 0 && augment.share <= 1, 'share must be above 0 and at most 1');
  if (augment.kind === 'pad-crop')
    check(Number.isInteger(augment.pad) && augment.pad >= 0, 'pad must be whole, 0 or more');
  if (augment.kind === 'resized-crop') {
    check(isRange(augment.scale) && augment.scale[1] <= 1, 'scale must be [low, high] above 0 and up to 1');
    check(isRange(augment.ratio), 'ratio must be [low, high] above 0');
    check(augment.colour >= 0 && augment.colour <= 1, 'colour must be from 0 to 1');
  }
}
