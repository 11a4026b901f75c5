import type { BinarizeKernels } from './vector/binarize.js';
import type { ElementwiseKernels } from './vector/elementwise.js';
import type { L2NormalizeKernels } from './vector/l2-normalize.js';
import type { LossKernels } from './vector/loss.js';
import type { NormalizationKernels } from './vector/normalization.js';
import type { OptimizerKernels } from './vector/optimizer.js';
import type { PoolKernels } from './vector/pool.js';
import type { ReduceKernels } from './vector/reduce.js';
import type { ResidualKernels } from './vector/residual.js';
import type { ResizeKernels } from './vector/resize.js';
import type { ShapeKernels } from './vector/shape.js';
import type { SoftLevelsKernels } from './vector/soft-levels.js';

/** Everything that is neither a convolution nor a matrix product. */
export interface VectorKernels
  extends ElementwiseKernels,
    ShapeKernels,
    ReduceKernels,
    NormalizationKernels,
    L2NormalizeKernels,
    SoftLevelsKernels,
    ResidualKernels,
    PoolKernels,
    LossKernels,
    BinarizeKernels,
    ResizeKernels,
    OptimizerKernels {}
