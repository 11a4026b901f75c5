import { estimators } from '@onebit/ops';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import { stochasticSign } from '../binarizers/stochastic-sign.js';
import type { Method } from './method.js';
import { oneOf, signOfZeroOption, signWeightOptions } from './options.js';

/** BNN (Courbariaux et al. 2016): sign on both sides without any scale, latent weights clipped to [-1, 1]. */
export const bnn = {
  name: 'bnn',
  title: 'BNN',
  citation: {
    authors: 'Courbariaux, Hubara, Soudry, El-Yaniv, Bengio',
    title:
      'Binarized Neural Networks: Training Deep Neural Networks with Weights and Activations Constrained to +1 or -1',
    venue: 'NeurIPS',
    year: 2016,
    arxiv: '1602.02830',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.clip, signOfZero: 1 }),
  weight: signWeight({ scale: 'none', gradient: 'identity', signOfZero: 1 }),
  padValue: 0,
  clip: 1,
  block: 'plain-cbs',
  batchNormEpsilon: 1e-5,
  options: {
    ...signWeightOptions,
    ...signOfZeroOption,
    stochastic: oneOf([false, true], (method, value) => (value ? { ...method, activation: stochasticSign } : method)),
  },
  golden: ['methods/bnn.safetensors'],
  test: 'packages/backbones/test/methods/bnn.golden.test.ts',
  text: {
    forward: 'y = sign(x) conv sign(w), no scale.',
    activationGradient: 'Straight-through inside the unit interval: g where |x| <= 1, else 0.',
    weightGradient: 'The gradient at sign(w) is applied to w unchanged; after each update w is clipped to [-1, 1].',
    block:
      'Conv, BN, clip to [-1, 1]; conv, BN after adding the shortcut, clip. The shortcut carries the clipped real map.',
    differences: [
      'The PyTorch port writes the activation as hardtanh followed by sign, which has gradient 0 at exactly +-1 (clip-open); the paper and the Theano code have 1 there.',
      'The port turns 0 into 0; here sign(0) = +1.',
      'The Torch-7 code draws activations in training, +1 with probability clip((x + 1) / 2, 0, 1): the option stochastic. It needs a run that hands out random numbers.',
      'Shift-based batch normalisation and AdaMax of the Torch-7 code round multipliers to powers of two to save hardware multiplications; they change no result that this toolkit reports and are left out.',
      "The port's ImageNet script never clips the latent weights, the paper does; here they are clipped.",
      'The original binarizes the last layer too; which layers stay float is the precision plan here.',
    ],
    recipe: [
      'CIFAR-10 (Theano code): Adam, learning rate 1e-3 falling exponentially to 3e-7 over 500 epochs, batch 50, no weight decay, squared hinge loss.',
      'PyTorch port: Adam 5e-3, steps at epochs 101, 142, 184, 220.',
    ],
  },
} satisfies Method;
