import { softIntervalActivation, softIntervalWeight } from '../binarizers/soft-interval.js';
import type { Method } from './method.js';
import { oneOf } from './options.js';

/** DSQ (Gong et al. 2019) with one bit on each side: two trained levels, and the gradient of a tanh whose steepness is trained. */
export const dsq = {
  name: 'dsq',
  title: 'DSQ',
  citation: {
    authors: 'Gong, Liu, Jiang, Li, Hu, Lin, Yu, Yan',
    title: 'Differentiable Soft Quantization: Bridging Full-Precision and Low-Bit Neural Networks',
    venue: 'ICCV',
    year: 2019,
    arxiv: '1908.05033',
  },
  activation: softIntervalActivation,
  weight: softIntervalWeight,
  padValue: 0,
  block: 'shortcut',
  batchNormEpsilon: 1e-5,
  options: {
    /** A border of +1 or -1 would be neither of the two levels. */
    padValue: oneOf([0], (method) => method),
  },
  golden: ['methods/dsq.safetensors'],
  test: 'packages/backbones/test/methods/dsq.golden.test.ts',
  text: {
    forward:
      'y = Q(x) conv Q(w), Q(t) = l where phi(t) < 0, else u, with phi(t) = tanh(k (t - m)) / (1 - alpha), m = (l + u) / 2, k = ln(2 / alpha - 1) / (u - l), so that phi(l) = -1 and phi(u) = 1. l, u, alpha are trained, three for the inputs and three for the weights of each layer; they start at -1, 1, 0.2.',
    activationGradient:
      "That of l + (u - l) (phi + 1) / 2 inside [l, u], 0 outside; l and u have the gradient of what is clipped to them and their part in phi's slope and middle, alpha its part through the slope.",
    weightGradient: 'The same. Latent weights are not clipped, since the interval moves.',
    block:
      'As Bi-Real Net, since the paper names no block for one bit: every convolution has its own shortcut; no activation function.',
    differences: [
      'The paper reports two bits and more; one interval is its one-bit case, with the two levels on both sides.',
      'The authors released no code. A re-implementation that circulates keeps 8 bits whatever its option says, never stores the bounds it evaluates with, and normalizes by the range of the batch.',
      'A product of two-level numbers is four convolutions of signs, three of them with a constant side; in inference all run on packed bits, training convolves the levels in floating point.',
      'u - l and alpha are held at 0.001 or more, 1 - alpha too.',
    ],
    recipe: [
      'No recipe of the authors is at hand; start from that of Bi-Real Net, Adam 1e-3 falling linearly to 0, without weight decay on the three numbers of each side.',
    ],
  },
} satisfies Method;
