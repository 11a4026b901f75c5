import { estimators } from '@onebit/ops';
import { channelInteractions } from '../binarizers/channel-interactions.js';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import type { Method } from './method.js';
import { oneOf, signOfZeroOption } from './options.js';

/** CI-Net (Wang et al. 2019): BNN whose channels correct each other's bit counts. */
export const cinet = {
  name: 'cinet',
  title: 'CI-Net',
  citation: {
    authors: 'Wang, Lu, Tao, Zhou, Tian',
    title: 'Learning Channel-Wise Interactions for Binary Convolutional Neural Networks',
    venue: 'CVPR',
    year: 2019,
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.clip, signOfZero: 1 }),
  weight: signWeight({ scale: 'none', gradient: 'identity', signOfZero: 1 }),
  output: channelInteractions({ scaled: true, official: false }),
  padValue: 0,
  clip: 1,
  block: 'plain-cbs',
  batchNormEpsilon: 1e-5,
  options: {
    ...signOfZeroOption,
    /** `released`: a negative influence takes the step on both sides, and threshold and step are 200 and 100 in every layer. */
    interactions: oneOf(['symmetric', 'released'], (method, value) => ({
      ...method,
      output: channelInteractions({ scaled: value === 'symmetric', official: value === 'released' }),
    })),
  },
  golden: ['methods/cinet.safetensors'],
  test: 'packages/backbones/test/methods/cinet.golden.test.ts',
  text: {
    forward:
      'F = sign(x) conv sign(w), no scale; then y_s = F_s + d (1[F_t >= T] - 1[F_t <= -T]) for every edge from a teacher channel t to a student channel s of positive influence, minus that for a negative one.',
    activationGradient: 'Straight-through inside the unit interval: g where |x| <= 1, else 0.',
    weightGradient:
      'The gradient at sign(w), unchanged; it passes to the student channel alone, as if there were no edges.',
    block: 'As BNN.',
    differences: [
      'The original finds edges and their influence by reinforcement learning, in turns with the training of the network. Here they are a fixed random set: one teacher for each of at most 100 channels of a layer, half of them positive. What mining adds is not measured by this entry.',
      'T = 200 and d = 100 in the released code, for sums of 720 to 2880 products; here both are in proportion to the length of the sum, equal at 1440 products.',
      'In the released code a negative influence takes d at either threshold, a plus where symmetry has a minus; here it is the mirror image of the positive one (interactions: "released" for both of the above).',
      'The released code loads interactions for evaluation and never installs them.',
    ],
    recipe: [
      'CIFAR-10 (released demo): 50 epochs of training and of mining in turns, reward from loss differences of 0.003.',
    ],
  },
} satisfies Method;
