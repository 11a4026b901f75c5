import { residualConv2d } from '@onebit/ops';
import type { ActivationBinarizer } from './binarizer.js';

/** Activations as a residual quantization of every window by itself, zero padding included (HORQ), with the gradient g 1[|x| <= 1] at each entry of a window. */
export function residualSigns(orders: number): ActivationBinarizer {
  return {
    levels: `sum of ${orders} scaled signs for each window`,
    gradient: 'clip',
    // Signs beyond the first order depend on the window and can't be shared between windows.
    bits: 1,
    terms: orders,
    build({ geometry: { stride: strides, dilation: dilations, padding } }) {
      const options = { strides, dilations, padding, orders };
      return (x) => ({ kind: 'windows', convolve: (filter) => residualConv2d(x, filter, options) });
    },
  };
}
