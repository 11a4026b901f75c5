import { type ResidualWindowsAttributes, residualWindows } from '@onebit/ops';
import { fused, type NativeKernel } from '../kernel.js';

/** Residual quantization of the windows of a convolution. */
export const residualWindowKernels: readonly NativeKernel[] = [
  fused<ResidualWindowsAttributes>(residualWindows, (b, { x }, { geometry, orders }) => {
    const values = b.values(x, 'float32');
    if (values === undefined) return undefined;
    const { batch, outHeight, outWidth, kernelHeight, kernelWidth, inChannels } = geometry;
    const y = b.output([batch, outHeight, outWidth, kernelHeight * kernelWidth * inChannels], 'float32');
    b.native.residualWindows(geometry, values, orders, y.values);
    return y.info;
  }),
];
