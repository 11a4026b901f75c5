import { OnebitError } from '@onebit/common';
import { type BestAttributes, boxKernels, type MatchAttributes, type SuppressAttributes } from '@onebit/ops';
import { kernel, type NativeKernel } from '../kernel.js';

/** What a detector does with boxes outside of tensors. */
export const boxKernelsNative: readonly NativeKernel[] = [
  kernel<MatchAttributes>(boxKernels.match, (b, _inputs, { truths, ends, priors, truth, overlap, bestPrior }) => {
    b.native.matchPriors(truths, ends, priors, truth, overlap, bestPrior);
    return [];
  }),
  kernel<BestAttributes>(boxKernels.best, (b, _inputs, { table, ...rest }) => {
    const values = table instanceof Float32Array ? table : b.values(table, 'float32');
    if (values === undefined) throw new OnebitError('ERR_BACKEND', 'bestAbove: the table must be float32');
    const { columns, rows, starts, picked, threshold, limit, best, scores, found } = rest;
    b.native.bestAbove(values, columns, rows, starts, picked, threshold, limit, best, scores, found);
    return [];
  }),
  kernel<SuppressAttributes>(boxKernels.suppress, (b, _inputs, { boxes, ends, iou, kept }) => {
    b.native.suppress(boxes, ends, iou, kept);
    return [];
  }),
];
