import { ternaryWeight } from '../binarizers/ternary-weight.js';
import { ternaryLevels, unitActivation } from '../binarizers/uniform-levels.js';
import type { Method } from './method.js';

/** The reference point with three levels on each side: Ternary Weight Networks (Li et al. 2016) on BinaryDuo's coupled activations. */
export const ternary = {
  name: 'ternary',
  title: 'Ternary weights and activations',
  citation: {
    authors: 'Li, Zhang, Liu',
    title: 'Ternary Weight Networks',
    venue: 'NeurIPS Workshops',
    year: 2016,
    arxiv: '1605.04711',
  },
  activation: unitActivation(ternaryLevels),
  weight: ternaryWeight,
  padValue: 0,
  block: 'xnor-bsc',
  batchNormEpsilon: 1e-5,
  golden: ['methods/binaryduo.safetensors'],
  test: 'packages/backbones/test/methods/ternary.golden.test.ts',
  text: {
    forward:
      'y = q(x) conv (a_o t(w)): t(w) = sign(w) where |w| > 0.7 mean |w_o|, else 0; a_o the mean |w| of the weights that are not 0; q(x) = floor(2 clip(x, 0, 1) + 1/2) / 2, that is {0, 1/2, 1} with thresholds 1/4 and 3/4.',
    activationGradient: 'g where 0 < x < 1, else 0.',
    weightGradient: 'g, unchanged.',
    block: 'BN, quantization, convolution; twice, then the shortcut.',
    differences: [
      'No method of its own but a point of comparison with 1.6 bits a weight and an activation. The paper has float activations; the ternary ones are those of BinaryDuo.',
      '0.7 is the share that the paper derives for normal and uniform weights; no search for the optimum.',
    ],
    recipe: ['As DoReFa-Net.'],
  },
} satisfies Method;
