import { estimators } from '@onebit/ops';
import { type ProjectedSignParts, projectedSign } from '../binarizers/projected-sign.js';
import { signActivation } from '../binarizers/sign-activation.js';
import type { Method } from './method.js';
import { oneOf } from './options.js';

/** One projection as in the released ResNet-18; lambda is the best of the paper on CIFAR. */
const defaults: ProjectedSignParts = { projections: 1, strength: 1e-4 };

/** PCNN (Gu et al. 2019): latent kernels that a trained projection, and a loss on its error, bring near their binary form. */
export const pcnn = {
  name: 'pcnn',
  title: 'PCNN',
  citation: {
    authors: 'Gu, Li, Zhang, Han, Cao, Liu, Doermann',
    title: 'Projection Convolutional Neural Networks for 1-bit CNNs via Discrete Back Propagation',
    venue: 'AAAI',
    year: 2019,
    arxiv: '1811.12755',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.tri, signOfZero: 1 }),
  weight: projectedSign(defaults),
  padValue: 0,
  clip: 1,
  block: 'norm-first-sum-prelu',
  batchNormEpsilon: 1e-5,
  options: {
    /** J. */
    projections: oneOf([1, 2, 4], (method, projections) => ({
      ...method,
      weight: projectedSign({ ...defaults, projections }),
    })),
  },
  golden: ['methods/pcnn.safetensors'],
  test: 'packages/backbones/test/methods/pcnn.golden.test.ts',
  text: {
    forward:
      'y = sign(x) conv (a sign(mean(W_j) c)), a the mean |c| of the layer, W_j one of J trained matrices of the size of the kernel. The J sets of kernels stand side by side in the outputs. Loss: lambda / 2 times the sum of ||a sign(mean(W_j) c) - W_j c||^2, lambda = 1e-4.',
    activationGradient: 'g max(0, 2 - 2|x|).',
    weightGradient:
      'Sum over j of g_j mean(W_j) where |mean(W_j) c| <= 1, else 0, without the factor a; that of W_j by the chain rule through its mean. The projection loss adds (W_j c - a sign(...)) W_j for c and the same times c for W_j, its binary kernels being constants.',
    block:
      'BN, sign, conv, add the shortcut, PReLU for each channel; where the size changes a float 1x1 convolution, BN and an average pool.',
    differences: [
      "The paper moves the latent kernels of the projection loss by eta times the task gradient of the last step. That changes the gradient of c by lambda eta W^2 of the task's own, 1e-7 of it at eta = 1e-3, and would make a loss depend on the step before; it is left out.",
      'The released code is the evaluation of a trained ResNet-18, whose layers have one set of kernels and one level; J = 4 is what the paper has on CIFAR (option projections).',
      'Since a matrix enters the forward pass by its mean alone, binary kernels of two projections of one kernel are equal up to sign.',
      'The paper has separate rates for c and W; here the groups of the optimizer set them.',
      'The released network has the 1x1 convolution of its shortcut in front of the pool, at four times the pixels; in inference the other order gives the same numbers.',
      'The gradient of the activations could not be compared; that of the golden block is the triangular one.',
    ],
    recipe: [
      'Begin with real activations (option activations: real), then binarize them; SGD, weight decay 1e-4, 70 epochs on ImageNet.',
    ],
  },
} satisfies Method;
