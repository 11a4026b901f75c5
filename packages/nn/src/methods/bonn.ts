import { estimators } from '@onebit/ops';
import { type BayesianSignParts, bayesianSign } from '../binarizers/bayesian-sign.js';
import { signActivation } from '../binarizers/sign-activation.js';
import type { Method } from './method.js';
import { positive } from './options.js';

/** lambda of the paper, and the lower end of the range reported for nu. */
const defaults: BayesianSignParts = { strength: 1e-4, modeStrength: 1e-3 };

/** BONN (Gu et al. 2019): filters are drawn to two modes by a Bayesian prior. */
export const bonn = {
  name: 'bonn',
  title: 'BONN',
  citation: {
    authors: 'Gu, Zhao, Jiang, Zhang, Liu, Guo, Ji',
    title: 'Bayesian Optimized 1-Bit CNNs',
    venue: 'ICCV',
    year: 2019,
    arxiv: '1908.06314',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.tri, signOfZero: 1 }),
  weight: bayesianSign(defaults),
  padValue: 0,
  clip: 1,
  block: 'norm-first-sum-prelu',
  batchNormEpsilon: 1e-5,
  options: {
    /** lambda, weight of the kernel loss. */
    strength: positive((method, strength) => ({ ...method, weight: bayesianSign({ ...defaults, strength }) })),
  },
  golden: ['methods/bonn.safetensors'],
  test: 'packages/backbones/test/methods/bonn.golden.test.ts',
  text: {
    forward:
      'y = sign(x) conv (sign(w) / s), s one trained number for the layer. The loss gains lambda/2 times the sum of (sign(w) - s w)^2 + nu ((w - mu+)^2 / var+ + log var+) over weights at 0 and above and the same with w + mu- below.',
    activationGradient: 'g max(0, 2 - 2|x|), as PCNN and Bi-Real.',
    weightGradient:
      'g / s where |w| <= 1, else 0, and the gradient of the kernel loss; which weights belong to which mode is fixed within a step. Means, variances and s follow their gradients.',
    block: 'BN, sign, convolution, plus the shortcut, PReLU, around each convolution, as PCNN.',
    differences: [
      'What multiplies the signs in the forward pass is not told; the loss draws s w to sign(w), so that sign(w) / s is the binary form nearest to w, and has its size.',
      "No official code is known; the formulas are those of the authors' book.",
      'The Bayesian feature loss needs the centres of the classes and belongs to a classification head: it is the function bayesianFeatureLoss, and no part of this entry.',
      'Variances are kept above 1e-4, below which the loss would have no lower bound; s starts at 1 / mean |w|, variances at 0.01, means at the mean |w| of the filter: our choices.',
      'nu is reported between 1e-3 and 1e-2; 1e-3 here.',
    ],
    recipe: [
      '70 epochs on ImageNet; theta of the feature loss 1e-3. The optimizer is not told for the binary network.',
    ],
  },
} satisfies Method;
