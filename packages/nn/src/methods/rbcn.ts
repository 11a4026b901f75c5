import { estimators } from '@onebit/ops';
import { rectifiedSign } from '../binarizers/rectified-sign.js';
import { signActivation } from '../binarizers/sign-activation.js';
import type { Method } from './method.js';
import { positive } from './options.js';

/** The weight of PCNN's and BONN's kernel losses; RBCN's own is not to be had. */
const defaultStrength = 1e-4;

/** RBCN (Liu et al. 2019): signs rectified by a trained matrix of the layer, and a loss that draws filters to their binary form. */
export const rbcn = {
  name: 'rbcn',
  title: 'RBCN',
  citation: {
    authors: 'Liu, Ding, Xia, Hu, Zhang, Liu, Zhuang, Guo',
    title: 'RBCN: Rectified Binary Convolutional Networks for Enhancing the Performance of 1-bit DCNNs',
    venue: 'IJCAI',
    year: 2019,
    arxiv: '1908.07748',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.tri, signOfZero: 1 }),
  weight: rectifiedSign(defaultStrength),
  padValue: 0,
  clip: 1,
  block: 'shortcut',
  batchNormEpsilon: 1e-5,
  options: {
    /** lambda_1, weight of the kernel loss. */
    strength: positive((method, value) => ({ ...method, weight: rectifiedSign(value) })),
  },
  golden: ['methods/rbcn.safetensors'],
  test: 'packages/backbones/test/methods/rbcn.golden.test.ts',
  text: {
    forward:
      'y = sign(x) conv (C sign(w)), C a trained matrix of the size of one filter, shared by all filters of the layer. The loss gains lambda_1 / 2 times the sum of (w - C sign(w))^2.',
    activationGradient: 'g max(0, 2 - 2|x|).',
    weightGradient:
      'g C max(0, 2 - 2|w|), and the derivative of the kernel loss, directly and through the sign; latent weights are clipped to [-1, 1]. C gets the sum over filters of g sign(w).',
    block: 'As Bi-Real.',
    differences: [
      'No official code is known; formulas are those of the authors\' book. The slope printed there as "1.2 + 2w ... 10 otherwise" is a slip of type-setting for 2 - 2|w|.',
      'The book names the gradient of the kernel loss at sign(w) and at C; here the loss is differentiated as a whole, so that w is also drawn to C sign(w) directly.',
      'lambda_1 is not to be had; 1e-4 is that of PCNN and BONN. C starts at the mean |w| of its place, our choice.',
      'The adversarial part, discriminators that tell float feature maps from binary ones, is no part of this entry.',
      'C multiplies products one by one: no XNOR-popcount computes it unless C is one number, so that the convolution is one of floats with signs. The paper counts it as binary.',
    ],
    recipe: [
      'After each epoch the paper trains the BN layers alone, with w and C fixed: see recalibration of running statistics.',
    ],
  },
} satisfies Method;
