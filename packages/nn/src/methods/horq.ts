import { estimators } from '@onebit/ops';
import { residualSigns } from '../binarizers/residual-signs.js';
import { signWeight } from '../binarizers/sign-weight.js';
import type { Method } from './method.js';
import { signWeightOptions } from './options.js';

/** The order that the paper recommends; it doubles the binary work. */
const recommendedOrder = 2;

/** HORQ (Li et al. 2017): XNOR-Net whose activations are a sum of scaled signs, each order quantizing what the one before left over. */
export const horq = {
  name: 'horq',
  title: 'HORQ',
  citation: {
    authors: 'Li, Ni, Zhang, Yang, Gao',
    title: 'Performance Guaranteed Network Acceleration via High-Order Residual Quantization',
    venue: 'ICCV',
    year: 2017,
    arxiv: '1708.08687',
  },
  activation: residualSigns(recommendedOrder),
  weight: signWeight({ scale: 'filter-mean', gradient: 'clip', estimator: estimators.clip, signOfZero: 1 }),
  padValue: 0,
  clip: 1,
  block: 'xnor-bsc',
  batchNormEpsilon: 1e-4,
  options: {
    ...signWeightOptions,
    /** Orders of the residual quantization; 1 is XNOR-Net with its scale K. */
    order: {
      accepts: 'a whole number from 1 to 4',
      apply: (method, value): Method | undefined =>
        Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 4
          ? { ...method, activation: residualSigns(value as number) }
          : undefined,
    },
  },
  golden: ['methods/horq.safetensors'],
  test: 'packages/backbones/test/methods/horq.golden.test.ts',
  text: {
    forward:
      'y = a_o sum over i of beta_i (H_i . sign(w)) for every window X by itself: R_0 = X, beta_i = mean |R_(i-1)|, H_i = sign(R_(i-1)), R_i = R_(i-1) - beta_i H_i; a_o the mean |w| of filter o.',
    activationGradient:
      'g where |x| <= 1 at each entry of a window, else 0, summed over the windows an activation is in.',
    weightGradient: 'g where |w| <= 1, else 0; the scale is a constant.',
    block: 'As XNOR-Net: BN, binarization, convolution; twice, then the shortcut.',
    differences: [
      "No official code is known. The paper's estimator for the input could not be read; the straight-through one is this toolkit's convention, which the vectors pin.",
      'Signs beyond the first order depend on the window, not only on the pixel: a packed model keeps them for each window, kh kw times the memory of one bit map.',
      'The windows are formed in floating point here, in the backward pass once more; only the count of operations is that of K binary convolutions.',
    ],
    recipe: ['As XNOR-Net. The paper has MNIST and CIFAR-10 alone, order 2.'],
  },
} satisfies Method;
