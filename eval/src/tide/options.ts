import { OnebitError, unknownName } from '@onebit/common';
import { apRules } from './average-precision.js';
import type { TideOptions } from './types.js';

/** The options with their defaults, checked. */
export function tideOptions(options: TideOptions): Required<TideOptions> {
  const { iouType = 'bbox', classMean, foreground = 0.5, background = 0.1, maxDetections = 100 } = options;
  if (!(classMean in apRules)) throw unknownName('tideErrors: classMean', classMean, Object.keys(apRules));
  if (iouType !== 'bbox' && iouType !== 'segm') throw unknownName('tideErrors: iouType', iouType, ['bbox', 'segm']);
  if (!(background >= 0 && background < foreground && foreground <= 1)) {
    const got = `background ${background} and foreground ${foreground}`;
    throw new OnebitError('ERR_USAGE', `tideErrors: need 0 <= background < foreground <= 1, got ${got}`);
  }
  if (!(maxDetections >= 1)) {
    throw new OnebitError('ERR_USAGE', `tideErrors: maxDetections must be at least 1, got ${maxDetections}`);
  }
  return { iouType, classMean, foreground, background, maxDetections };
}
