import { type EdeRange, scheduledEde } from '../binarizers/ede.js';
import { libra } from '../binarizers/libra.js';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import type { Method } from './method.js';
import { oneOf, signOfZeroOption, withActivation, withWeight } from './options.js';

/** T_max of the paper and of every released script. */
const tMax = 10;

const estimator = (tMin: EdeRange['tMin']) => scheduledEde({ tMin, tMax });

/** IR-Net (Qin et al. 2020): balanced weights of maximal entropy, and a gradient that turns from the identity into the sign while training runs. */
export const irnet = {
  name: 'irnet',
  title: 'IR-Net',
  citation: {
    authors: 'Qin, Gong, Liu, Shen, Wei, Yu, Song',
    title: 'Forward and Backward Information Retention for Accurate Binary Neural Networks',
    venue: 'CVPR',
    year: 2020,
    arxiv: '1909.10788',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimator(0.1), signOfZero: 1 }),
  weight: signWeight({ scale: 'none', gradient: 'clip', estimator: estimator(0.1), signOfZero: 1, prepare: libra }),
  padValue: 0,
  block: 'shortcut-clip',
  batchNormEpsilon: 1e-5,
  options: {
    ...signOfZeroOption,
    /** Where t starts. */
    tMin: oneOf([0.1, 0.001], (method, tMin) =>
      withActivation(withWeight(method, { estimator: estimator(tMin) }), { estimator: estimator(tMin) }),
    ),
  },
  golden: ['methods/irnet.safetensors'],
  test: 'packages/backbones/test/methods/irnet.golden.test.ts',
  text: {
    forward:
      'y = sign(x) conv (2^s_o sign(z)), z the filter minus its mean, divided by its unbiased standard deviation, s_o = round(log2 mean |z_o|), a constant.',
    activationGradient:
      'g k t (1 - tanh^2(t x)), t = tMin (10 / tMin)^progress, k = max(1/t, 1): the identity at first, the derivative of a steep tanh at the end. No clipping mask; the clip of the block supplies it.',
    weightGradient:
      'The same at z, times 2^s_o, then through mean and standard deviation: the gradient of each filter is orthogonal to the constant filter and to z.',
    block:
      'Conv, BN, add the shortcut, clip to [-1, 1], around every convolution. The shortcut carries the clipped real map; where the size changes it is a strided float 1x1 convolution and BN.',
    differences: [
      'tMin is 0.1 in the paper and the VGG script and 1e-3 in the ResNet-20 script; here 0.1, option tMin.',
      'The released code keeps k and t as plain attributes that no checkpoint holds, so that a resumed or newly built model silently uses t = 0.1; here they follow from the share of the run that is done.',
      'The released code counts t by epochs, here it moves with every step.',
      'The released code turns 0 into 0; here sign(0) = +1.',
      'A filter of n standardized weights has mean |z| near 0.8, so that 2^s_o is almost always 1.',
    ],
    recipe: [
      'CIFAR-10 ResNet-20 (released code): SGD 0.9, learning rate 0.1 with a cosine to 0, 400 epochs, batch 128, weight decay 1e-4, tMin 1e-3.',
      'ImageNet (released configuration): Nesterov SGD, 0.2 rising to 0.8 over 2500 steps, batch 2048, divided by 10 at steps 18,750, 37,500 and 56,250 of 62,500, weight decay 1e-5 (ResNet-18) or 1e-4 (ResNet-34).',
    ],
  },
} satisfies Method;
