import { adaptiveActivation, adaptiveWeight } from '../binarizers/adaptive-set.js';
import type { Method } from './method.js';
import { oneOf } from './options.js';

/** AdaBin (Tu et al. 2022): two levels that each filter and each layer's activations choose themselves. */
export const adabin = {
  name: 'adabin',
  title: 'AdaBin',
  citation: {
    authors: 'Tu, Chen, Ren, Wang',
    title: 'AdaBin: Improving Binary Neural Networks with Adaptive Binary Sets',
    venue: 'ECCV',
    year: 2022,
    arxiv: '2208.08084',
  },
  activation: adaptiveActivation('paper'),
  weight: adaptiveWeight,
  padValue: 0,
  block: 'shortcut-maxout',
  batchNormEpsilon: 1e-5,
  options: {
    /** `released`: the centre of the activation levels is alpha beta. */
    centre: oneOf(['paper', 'released'], (method, centre) => ({ ...method, activation: adaptiveActivation(centre) })),
  },
  golden: ['methods/adabin.safetensors'],
  test: 'packages/backbones/test/methods/adabin.golden.test.ts',
  text: {
    forward:
      'y = (alpha sign((x - beta) / alpha) + beta) conv (a_o sign((w - b_o) / a_o) + b_o): alpha and beta trained numbers of the layer, b_o and a_o mean and standard deviation of filter o.',
    activationGradient: 'g max(0, 2 - 2|z|) at z = (x - beta) / alpha, to x, alpha and beta.',
    weightGradient:
      'g k t (1 - tanh^2(t z)) at the standardized weight, t from 1e-3 to 10 over the run, then through mean and deviation, which are differentiated.',
    block:
      'Conv, BN, add the shortcut, Maxout with two trained slopes for each channel, around every convolution; average pool and float 1x1 convolution where the size changes.',
    differences: [
      'The released code has alpha (sign + beta), that is the centre alpha beta in place of beta: option centre.',
      'Four sums of signs make one product of two-level numbers; the two with a sign that is +1 everywhere are window counts and a constant, so that a packed layer costs one XNOR-popcount convolution and one count of bits for each window.',
      'With zero padding the constant parts shrink at the border.',
      'alpha is kept above 1e-3.',
    ],
    recipe: [
      'ImageNet (released code): SGD, learning rate 0.1 with a cosine, 120 epochs, batch 256, weight decay 1e-5.',
    ],
  },
} satisfies Method;
