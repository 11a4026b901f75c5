import { type Estimator, tf } from '@onebit/ops';
import { annealedSign } from '../binarizers/annealed-sign.js';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import type { Method } from './method.js';
import { oneOf } from './options.js';

/** Half-width inside which gradients of activations pass, and to which weights are clipped. */
const bound = 1.5;

/** 1 where |x| <= 1.5. */
const wideClip: Estimator = {
  name: 'clip(1.5)',
  derivative: (x) => tf.cast(tf.lessEqual(tf.abs(x), bound), 'float32'),
};

/** Released schedule: the temperature starts at 1 and falls by a tenth in each of 512 epochs. */
const epochs = 512;
const decay = 0.9;
/** Below it the released layer takes the sign. */
const cold = 1e-7;

const annealed = annealedSign({ temperature: (progress) => decay ** (epochs * progress), cold });

/** BNext (Guo et al. 2022): every binary convolution gated by a mixture of its input and output, every second one multiplied onto its shortcut. */
export const bnext = {
  name: 'bnext',
  title: 'BNext',
  citation: {
    authors: 'Guo, Bethge, Meinel, Yang',
    title: 'Join the High Accuracy Club on ImageNet with A Binary Neural Network Ticket',
    venue: 'arXiv',
    year: 2022,
    arxiv: '2211.12933',
  },
  activation: signActivation({ levels: 'pm1', estimator: wideClip, signOfZero: 1, shift: true }),
  weight: annealed,
  padValue: 0,
  clip: bound,
  block: 'bnext',
  batchNormEpsilon: 1e-5,
  options: {
    /** `none`: signs from the first step on. */
    annealing: oneOf(['temperature', 'none'], (method, annealing) => ({
      ...method,
      weight: annealing === 'none' ? signWeight({ scale: 'none', gradient: 'identity', signOfZero: 1 }) : annealed,
    })),
  },
  golden: ['methods/bnext.safetensors'],
  test: 'packages/backbones/test/methods/bnext.golden.test.ts',
  text: {
    forward:
      'h = PReLU(BN1(sign(x + b) conv sign(w))); core = h G(m x + (1 - m) h), G(z) = sigmoid(relu(mean(z) W1 + b1) W2 + b2) for each image and channel with an eighth of the channels inside, m in [0, 1] trained for each channel, at first 1/2. Attention unit: r = PReLU(x), y = BN2(core r) + r. FFN unit: y = BN2(core) + x.',
    activationGradient: 'g where |x + b| <= 1.5, else 0, and its sum over a channel for b.',
    weightGradient: 'g unchanged; after each update w is clipped to [-1.5, 1.5].',
    block:
      'Of a residual block the first convolution is an attention unit, the second an FFN unit; elsewhere 3x3 convolutions are attention units and 1x1 ones FFN units. Shortcuts have no weights: 2x2 average pool, channels repeated.',
    differences: [
      'While the temperature T is above 1e-7 the weights are clamp(w / T, -1, 1) and the layer is not binary: 153 epochs of the released schedule of 512. T is a buffer of the released checkpoint, so that a model saved early runs on real weights; here T follows from the share of the run that is done, and inference has signs.',
      'Where channels double, the released FFN unit is two units of their own side by side; here it is one of twice the channels, whose gate sees the repeated input.',
      'The released code turns 0 into 0; here sign(0) = +1.',
      'The released training has two or more teachers and an assistant; see distillation.',
    ],
    recipe: [
      'Released code: AdamW, 512 epochs, several float teachers.',
      'BNext-T has the widths of ReActNet-A, S, M and L 1.5 times as many channels, M and L more blocks; the backbone `reactnet-a` with this method is BNext-T.',
    ],
  },
} satisfies Method;
