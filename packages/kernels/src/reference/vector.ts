import type { VectorKernels } from '../native/vector.js';
import { binarizeReference } from './vector/binarize.js';
import { elementwiseReference } from './vector/elementwise.js';
import { l2NormalizeReference } from './vector/l2-normalize.js';
import { lossReference } from './vector/loss.js';
import { normalizationReference } from './vector/normalization.js';
import { optimizerReference } from './vector/optimizer.js';
import { poolReference } from './vector/pool.js';
import { reduceReference } from './vector/reduce.js';
import { residualReference } from './vector/residual.js';
import { resizeReference } from './vector/resize.js';
import { shapeReference } from './vector/shape.js';
import { softLevelsReference } from './vector/soft-levels.js';

/** Every vector kernel as plain loops: the definition the native ones are tested against. Arguments are not checked. */
export const referenceVectorKernels: VectorKernels = {
  ...elementwiseReference,
  ...shapeReference,
  ...reduceReference,
  ...normalizationReference,
  ...l2NormalizeReference,
  ...softLevelsReference,
  ...residualReference,
  ...poolReference,
  ...lossReference,
  ...binarizeReference,
  ...resizeReference,
  ...optimizerReference,
};
