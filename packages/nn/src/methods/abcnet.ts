import { activationBases, weightBases } from '../binarizers/bases.js';
import type { Method } from './method.js';
import { wholeNumber } from './options.js';

/** Bases on each side: the paper's reported trade-off between the single base, which is XNOR-Net-like, and its best network of 5 and 5. */
const defaultBases = 3;
/** The most the paper reports. */
const mostBases = 5;

/** ABC-Net (Lin et al. 2017): weights and activations as sums of signs, M times N binary convolutions for one. */
export const abcnet = {
  name: 'abcnet',
  title: 'ABC-Net',
  citation: {
    authors: 'Lin, Zhao, Pan',
    title: 'Towards Accurate Binary Convolutional Neural Network',
    venue: 'NeurIPS',
    year: 2017,
    arxiv: '1711.11294',
  },
  activation: activationBases(defaultBases),
  weight: weightBases(defaultBases),
  padValue: 0,
  block: 'xnor-bsc',
  batchNormEpsilon: 1e-5,
  options: {
    /** M. */
    weightBases: wholeNumber(mostBases, (method, count) => ({ ...method, weight: weightBases(count) })),
    /** N. */
    activationBases: wholeNumber(mostBases, (method, count) => ({ ...method, activation: activationBases(count) })),
  },
  golden: ['methods/abcnet.safetensors'],
  test: 'packages/backbones/test/methods/abcnet.golden.test.ts',
  text: {
    forward:
      'y = sum over m, n of alpha_m beta_n (B_m conv A_n): B_m = sign(w - mean(w) + u_m std(w)), u_m evenly from -1 to 1, alpha the least squares fit of sum alpha_m B_m to w; A_n = sign(clip(x + v_n, 0, 1) - 1/2).',
    activationGradient: 'beta_n g where 0 <= x + v_n <= 1, else 0, to x and to v_n; the ordinary gradient to beta_n.',
    weightGradient: 'g times the sum of all alpha_m; mean, deviation and alpha are constants.',
    block: 'BN, binarization, convolution; twice, then the shortcut. The paper pools before the BN.',
    differences: [
      'The paper prints R - v in the mask of the gradient and R + v in the definition; here the sign of the definition in both.',
      'Since the shifts rise, the bases are nested and the least squares fit is a mean in each cell between two thresholds: no equations are solved, and an empty cell needs no regularization. A re-implementation runs 200 steps of Adam instead.',
      "That re-implementation's shifts and factors are never trained: TensorFlow's sign has no gradient.",
      'The paper starts from a trained float network and draws v and beta around small shifts; here thresholds start evenly spread over [-1, 1] and beta at 1/N.',
      '65.0 % with ResNet-18 belongs to M = N = 5, with 25 times the binary work of one base; the often quoted cost of 164 MFLOPs is that of M = N = 1.',
    ],
    recipe: ['Start from a trained float network (paper); M = N = 5 for the best accuracy, 3 here by default.'],
  },
} satisfies Method;
