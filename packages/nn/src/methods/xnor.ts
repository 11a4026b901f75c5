import { estimators } from '@onebit/ops';
import { centred } from '../binarizers/centred.js';
import { xnorPaper } from '../binarizers/filter-slopes.js';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import { windowMeanScaling } from '../binarizers/window-mean.js';
import type { Method } from './method.js';
import {
  oneOf,
  signOfZeroOption,
  signWeightOptions,
  weightGradientOption,
  weightGradients,
  withWeight,
} from './options.js';

const scaleOptions = {
  /** K, the mean |x| of each window. */
  activationScale: oneOf(['none', 'window-mean'], (method, value) => ({
    ...method,
    output: value === 'none' ? undefined : windowMeanScaling,
  })),
  centreWeights: oneOf([false, true], (method, value) => withWeight(method, { prepare: value ? centred : undefined })),
  weightGradient: weightGradientOption({ ...weightGradients, paper: { gradient: 'clip', estimator: xnorPaper } }),
};

/** XNOR-Net (Rastegari et al. 2016) as its training code runs it: one scale for each filter, centred weights, no activation scale. */
export const xnor = {
  name: 'xnor',
  title: 'XNOR-Net',
  citation: {
    authors: 'Rastegari, Ordonez, Redmon, Farhadi',
    title: 'XNOR-Net: ImageNet Classification Using Binary Convolutional Neural Networks',
    venue: 'ECCV',
    year: 2016,
    arxiv: '1603.05279',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.clipOpen, signOfZero: 1 }),
  weight: signWeight({
    scale: 'filter-mean',
    gradient: 'scale-chain',
    estimator: estimators.clip,
    signOfZero: 1,
    prepare: centred,
  }),
  padValue: 0,
  clip: 1,
  block: 'xnor-bsc',
  batchNormEpsilon: 1e-4,
  options: { ...signWeightOptions, ...signOfZeroOption, ...scaleOptions },
  golden: ['methods/xnor.safetensors'],
  test: 'packages/backbones/test/methods/xnor.golden.test.ts',
  text: {
    forward:
      'y = sign(x) conv (a_o sign(w)) with a_o the mean |w| of filter o, w centred over the input channels. The paper also multiplies by K, the mean |x| of each window (activationScale: window-mean).',
    activationGradient: 'Straight-through inside the open interval: g where |x| < 1, else 0.',
    weightGradient:
      'Chain rule with the scale: a_o g 1[|w| <= 1] + sign(w)/n times the sum over the filter of g sign(w), at the centred w, and then through the centring; latent weights are clipped to [-1, 1].',
    block: 'BN, sign, conv; twice, then the shortcut. Stem, shortcut 1x1 and last layer stay float.',
    differences: [
      'The released training code never computes K; it is off by default and costs kh*kw multiplications per output pixel where it is on.',
      'The released code overwrites the latent weights by their centred and clipped form before every forward pass, also in evaluation; here centring is a part of the forward pass and changes nothing stored.',
      "The paper's gradient g (1/n + a_o 1[|w| < 1]) is not the derivative of the forward pass; it is the option weightGradient: paper, the chain rule is the default.",
      "The Torch-7 code multiplies the paper's gradient by (1 - 1/in), which stands for the centring, and by n (SGD) or 1e9 (Adam); the PyTorch port the chain rule by (1 - 1/in) n 1e9. Adam's epsilon made the factors necessary; here centring is differentiated, and Adam's epsilon is the optimizer's to set.",
      'The released code turns 0 into 0; here sign(0) = +1.',
    ],
    recipe: [
      'Released code (AlexNet): Adam, learning rate 1e-3 to epoch 18, 5e-4 to 29, 1e-4 to 43, 5e-5 to 52, then 1e-5; batch 800; weight decay 5e-4 to epoch 29, then 0; BN epsilon 1e-4.',
      'Pool after the convolution, never between sign and convolution: pooled +-1 maps are almost all +1.',
    ],
  },
} satisfies Method;
