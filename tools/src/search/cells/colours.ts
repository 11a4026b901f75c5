import type { SearchOperation } from '@onebit/backbones';
import { colours } from '../../report/charts.js';

/** The colour that an operation has in all figures. */
export const operationColours: Readonly<Record<SearchOperation, string>> = {
  none: colours[6],
  skip: '#8a9bb0',
  'max-pool': colours[1],
  'avg-pool': colours[3],
  conv3: colours[0],
  conv5: colours[2],
  dilated3: colours[5],
};
