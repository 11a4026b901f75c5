import { accumulateOp } from '@onebit/ops';
import { fused, type NativeKernel } from '../kernel.js';

/** Sums of gradients, written over whichever operand belongs to its tensor alone; a sum is the same to the bit in either order. */
export const accumulationKernels: readonly NativeKernel[] = [
  fused(accumulateOp, (b, { sum, term }) => {
    const target = [sum, term].find((tensor) => b.exclusive(tensor) !== undefined);
    const addend = b.values(target === sum ? term : sum, 'float32');
    if (target === undefined || addend === undefined) return undefined;
    const values = b.exclusive(target)!;
    b.native.addN([values, addend], values);
    return b.alias(target);
  }),
];
