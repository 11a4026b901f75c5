import { estimators } from '@onebit/ops';
import { circulantWeight } from '../binarizers/circulant.js';
import { signActivation } from '../binarizers/sign-activation.js';
import type { Method } from './method.js';

/** CBCN (Liu et al. 2019): every learned filter works in four orientations. */
export const cbcn = {
  name: 'cbcn',
  title: 'CBCN',
  citation: {
    authors: 'Liu, Ding, Xia, Zhang, Gu, Liu, Ji, Doermann',
    title:
      'Circulant Binary Convolutional Networks: Enhancing the Performance of 1-bit DCNNs with Circulant Back Propagation',
    venue: 'CVPR',
    year: 2019,
    arxiv: '1910.10853',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.tri, signOfZero: 1 }),
  weight: circulantWeight,
  padValue: 0,
  clip: 1,
  block: 'shortcut',
  batchNormEpsilon: 1e-5,
  golden: ['methods/cbcn.safetensors'],
  test: 'packages/backbones/test/methods/cbcn.golden.test.ts',
  text: {
    forward:
      'y = sign(x) conv sign(circ(w)), no scale. Channels stand in groups of four planes. A learned filter gives four: for orientation j the eight outer taps of each 3x3 slice move 2j places clockwise, which is j * 90 degrees, and the planes of each group of inputs move on by j.',
    activationGradient: 'g max(0, 2 - 2|x|).',
    weightGradient:
      'Circulant back-propagation: the gradients of the four copies are turned back and summed, each times max(0, 2 - 2|w|).',
    block: 'As Bi-Real Net: every convolution has its own shortcut. No activation function.',
    differences: [
      'No official code was found and the paper was read in descriptions only; details follow the golden vectors, which are reconstructed from these.',
      'A layer of as many channels learns a quarter of the weights and costs what it costs without circulation; the papers compare four times the work at the same number of weights.',
      'The centre loss on the last features is left out; its weight is about 1e-3.',
      'A 1x1 filter has no ring: only its planes move.',
      'Channel counts must be multiples of 4; others are refused when the layer is built.',
    ],
    recipe: [
      'Two steps with SGD, binary activations first (option weights: real), then both; rates are not known. Start from the recipe of Bi-Real Net: Adam 1e-3 falling linearly to 0, no weight decay.',
    ],
  },
} satisfies Method;
