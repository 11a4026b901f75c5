import { signWeight } from '../binarizers/sign-weight.js';
import { ternaryLevels, type UnitLevels, unitActivation } from '../binarizers/uniform-levels.js';
import type { Method } from './method.js';
import { signWeightOptions } from './options.js';

/** {0, 1} with the threshold 1/2, which itself is 1. */
const binaryLevels: UnitLevels = { steps: 1, halves: 'up', openEnds: true };

const citation = {
  authors: 'Kim, Kim, Kim, Kim',
  title: 'BinaryDuo: Reducing Gradient Mismatch in Binary Activation Network by Coupling Binary Activations',
  venue: 'ICLR',
  year: 2020,
  arxiv: '2002.06517',
};

const shared = {
  citation,
  weight: signWeight({ scale: 'layer-mean', gradient: 'identity', signOfZero: 1 }),
  padValue: 0,
  block: 'shortcut',
  batchNormEpsilon: 1e-5,
  options: { ...signWeightOptions },
  golden: ['methods/binaryduo.safetensors'],
  test: 'packages/backbones/test/methods/binaryduo.golden.test.ts',
} as const;

const differences = [
  'The official code is for Torch 7 and was read, not run.',
  'Its rounding takes halves up, unlike the even rounding of most frameworks.',
  'The two forms compute the same function right after decoupling, but their straight-through windows differ, (0, 1) against (1/4, 5/4) and (-1/4, 3/4), so that their gradients do not.',
  'Where a shortcut passes on real numbers, the shift of a quarter must come in once: at the stem, and behind every shortcut with a projection, which averages the two copies. The backbone binaryduo-resnet18 has both forms, and init with convert: decouple turns the weights over.',
];

const recipe = [
  'Released code: the coupled network with widths 64, 90, 180, 360 (Nesterov SGD 0.1, momentum 0.9, weight decay 1e-4, divided by 10 after epochs 70, 90, 110); then decoupled and fine-tuned (after 20, 30, 35).',
];

/** The first stage of BinaryDuo (Kim et al. 2020): a narrower network with ternary activations. */
export const binaryduoCoupled = {
  ...shared,
  name: 'binaryduo-coupled',
  title: 'BinaryDuo, coupled',
  activation: unitActivation(ternaryLevels),
  text: {
    forward:
      'y = t(x) conv (E sign(w)), t(x) = floor(2 clip(x, 0, 1) + 1/2) / 2, that is {0, 1/2, 1} with thresholds 1/4 and 3/4; E the mean |w| of the layer.',
    activationGradient: 'g where 0 < x < 1, else 0.',
    weightGradient: 'g, unchanged; E is a constant.',
    block: 'Quantization, convolution, BN, and the shortcut, around every convolution.',
    differences,
    recipe,
  },
} satisfies Method;

/** BinaryDuo (Kim et al. 2020) after decoupling: activations 0 and 1, two for each ternary one. */
export const binaryduo = {
  ...shared,
  name: 'binaryduo',
  title: 'BinaryDuo',
  activation: unitActivation(binaryLevels),
  text: {
    forward: 'y = [x >= 1/2] conv (E sign(w)), E the mean |w| of the layer.',
    activationGradient: 'g where 0 < x < 1, else 0.',
    weightGradient: 'g, unchanged; E is a constant.',
    block:
      'Quantization, convolution, BN, and the shortcut, around every convolution; batch normalisation shifts the two copies of a channel apart by half.',
    differences,
    recipe,
  },
} satisfies Method;
