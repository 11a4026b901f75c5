import { type Estimator, tf } from '@onebit/ops';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import type { Method } from './method.js';
import { signOfZeroOption, signWeightOptions } from './options.js';

/** Bound of the activations: gradients pass inside it. */
const bound = 3;

const boundedClip: Estimator = {
  name: 'clip(3)',
  derivative: (x) => tf.cast(tf.lessEqual(tf.abs(x), bound), 'float32'),
};

/** PokeBNN (Zhang, Zhang and Lew 2022): shortcuts around every convolution and every block, a shifted two-slope activation and a gate. */
export const pokebnn = {
  name: 'pokebnn',
  title: 'PokeBNN',
  citation: {
    authors: 'Zhang, Zhang, Lew',
    title: 'PokeBNN: A Binary Pursuit of Lightweight Accuracy',
    venue: 'CVPR',
    year: 2022,
    arxiv: '2112.00133',
  },
  activation: signActivation({ levels: 'pm1', estimator: boundedClip, signOfZero: 1 }),
  weight: signWeight({ scale: 'none', gradient: 'identity', signOfZero: 1 }),
  padValue: 0,
  block: 'poke',
  batchNormEpsilon: 1e-5,
  options: { ...signWeightOptions, ...signOfZeroOption },
  golden: ['methods/pokebnn.safetensors'],
  test: 'packages/backbones/test/methods/pokebnn.golden.test.ts',
  text: {
    forward:
      'y = BN2(DPReLU(BN1(sign(x) conv sign(w)) + R(x) + R(block input)) G(x)), DPReLU(x) = s (x - b1) - b2 with s trained above and below b1, G(x) = relu6(relu(mean(x) W1 + c1) W2 + c2 + 3) / 6 for each image and channel with an eighth of the channels inside. R brings a shortcut to the size of the output without weights: means of consecutive channels, or zeros (shortcut of the convolution) or copies (of the block) appended; a 3x3 average pool where the size halves.',
    activationGradient: 'g where |x| <= 3, else 0.',
    weightGradient: 'g unchanged, weights are not clipped.',
    block:
      'Every convolution has a shortcut of its own, the last of a block that of the block, too. BN1 of the last starts at 0, so that blocks begin as their shortcuts.',
    differences: [
      'The released network quantizes stem and classifier to 8 bits and the gate to 4; here they are real numbers. The gate is a thousandth of the multiplications.',
      'Scales of the released quantizer, a bound for each filter, vanish in the batch normalisation behind; there are none here.',
      'When 3x3 windows of the average pool hang over the border their sum is still divided by 9, as released.',
      'Where channels are not a multiple of those to come, the released mean leaves the last ones out; so does this.',
    ],
    recipe: [
      '800 epochs with a teacher (specification, section 3.8).',
      'Compare costs by ACE, multiply-accumulates times the bits of both operands: the rule `ace` of `onebit cost`.',
    ],
  },
} satisfies Method;
