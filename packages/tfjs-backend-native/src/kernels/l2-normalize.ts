import { type L2NormalizeAttributes, l2NormalizeGradient, l2NormalizeOp } from '@onebit/ops';
import { fused, type NativeKernel } from '../kernel.js';

/** Normalization of the channels at each position by their L2 norm. */
export const l2NormalizeKernels: readonly NativeKernel[] = [
  fused<L2NormalizeAttributes>(l2NormalizeOp, (b, { x, weight }, { epsilon }) => {
    const [values, weights] = [b.values(x, 'float32'), b.values(weight, 'float32')];
    if (values === undefined || weights === undefined || weights.length === 0) return undefined;
    const y = b.output(x.shape, 'float32');
    b.native.l2Normalize(values, weights, epsilon, y.values);
    return y.info;
  }),
  fused<L2NormalizeAttributes>(l2NormalizeGradient, (b, { dy, x, weight }, { epsilon }) => {
    const [upstream, values, weights] = [b.values(dy, 'float32'), b.values(x, 'float32'), b.values(weight, 'float32')];
    if (upstream === undefined || values === undefined || weights === undefined || weights.length === 0)
      return undefined;
    const [dx, dWeight] = [b.output(x.shape, 'float32'), b.output(weight.shape, 'float32')];
    b.native.l2NormalizeGradient(values, weights, epsilon, upstream, dx.values, dWeight.values);
    return [dx.info, dWeight.info];
  }),
];
