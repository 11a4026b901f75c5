import { estimators } from '@onebit/ops';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import type { Method } from './method.js';
import { signOfZeroOption, signWeightOptions } from './options.js';

/** Bi-Real Net (Liu et al. 2018): a real shortcut around every binary convolution and a triangular gradient for the sign. */
export const bireal = {
  name: 'bireal',
  title: 'Bi-Real Net',
  citation: {
    authors: 'Liu, Wu, Luo, Yang, Liu, Cheng',
    title:
      'Bi-Real Net: Enhancing the Performance of 1-bit CNNs with Improved Representational Capability and Advanced Training Algorithm',
    venue: 'ECCV',
    year: 2018,
    arxiv: '1808.00278',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.tri, signOfZero: 1 }),
  weight: signWeight({ scale: 'filter-mean', gradient: 'clip', signOfZero: 1 }),
  padValue: 0,
  clip: 1,
  block: 'shortcut',
  batchNormEpsilon: 1e-5,
  options: { ...signWeightOptions, ...signOfZeroOption },
  golden: ['methods/bireal.safetensors'],
  test: 'packages/backbones/test/methods/bireal.golden.test.ts',
  text: {
    forward: 'y = BN(sign(x) conv (a_o sign(w))) + shortcut(x), a_o the mean |w| of filter o, taken as a constant.',
    activationGradient: 'Derivative of the piecewise quadratic approximation of sign: g max(0, 2 - 2|x|).',
    weightGradient: 'g where |w| <= 1, else 0 (released PyTorch code).',
    block:
      'Every convolution has its own shortcut: identity, or 2x2 average pool, float 1x1 convolution and BN where the size changes. No activation function.',
    differences: [
      'The paper multiplies the weight gradient by a_o (magnitude aware, here weightGradient: magnitude); no released code does. Adam removes the factor, SGD does not.',
      'The released code does not clip latent weights; its gradient mask alone would leave weights outside [-1, 1] stuck, so they are clipped to [-1, 1] here. From small initial weights neither ever acts.',
      'The released code turns 0 into 0; here sign(0) = +1.',
    ],
    recipe: [
      'Released PyTorch code: Adam 1e-3 falling linearly to 0 over 256 epochs, batch 512, no weight decay, label smoothing 0.1.',
      'Paper: three stages, from a ReLU network over clipped activations to binary; SGD 0.9, no weight decay.',
    ],
  },
} satisfies Method;
