import { estimators } from '@onebit/ops';
import { lossAwareWeight } from '../binarizers/loss-aware.js';
import { signActivation } from '../binarizers/sign-activation.js';
import type { Method } from './method.js';
import { oneOf } from './options.js';

/** LAB2 (Hou et al. 2017): weight scales that minimize the loss by the curvature that Adam keeps anyway, with sign activations. */
export const lab = {
  name: 'lab',
  title: 'LAB',
  citation: {
    authors: 'Hou, Yao, Kwok',
    title: 'Loss-aware Binarization of Deep Networks',
    venue: 'ICLR',
    year: 2017,
    arxiv: '1611.01600',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.clip, signOfZero: 1 }),
  weight: lossAwareWeight('layer'),
  padValue: 0,
  clip: 1,
  block: 'plain-cbs',
  batchNormEpsilon: 1e-4,
  options: {
    scalePer: oneOf(['layer', 'filter'], (method, share) => ({ ...method, weight: lossAwareWeight(share) })),
  },
  golden: ['training/lab.safetensors'],
  test: 'packages/backbones/test/methods/lab.golden.test.ts',
  text: {
    forward:
      'y = sign(x) conv (a sign(w)), a = sum d |w| / sum d over the layer, d = sqrt(v) + 1e-8 with v the second moment of the gradients: the closed form of the proximal Newton step. Before the first update, or with equal d, a is the mean |w|.',
    activationGradient: 'Straight-through inside the unit interval: g where |x| <= 1, else 0.',
    weightGradient: 'The gradient at a sign(w) is applied to w unchanged; after each update w is clipped to [-1, 1].',
    block: 'As BNN: conv, BN, clip to [-1, 1]; conv, BN after adding the shortcut, clip.',
    differences: [
      'This is LAB2, with sign activations; LAB of the paper keeps real ones (activations: real).',
      'The released code accumulates the second moment a second time; here it is that of Adam, and so the method asks for Adam or AdamW.',
      'The scale does not depend on a common factor of d, so that bias correction and learning rate, which the paper has in d, drop out.',
      'The paper and the code have one scale for a layer; one for each filter (scalePer: filter) is an extension of this toolkit.',
      'The released code rounds (w + 1) / 2, which turns weights just below 0 into +1; here they are -1, and sign(0) = +1.',
      'The released code binarizes the first and the last layer too; which layers stay float is the precision plan here.',
    ],
    recipe: [
      'CIFAR-10, VGG-like (released code): Adam, learning rate 0.02 halved every 15 of 200 epochs, batch 50, no weight decay, squared hinge loss, BN epsilon 1e-4.',
      'MNIST (released code): Adam, batch 100, 50 epochs, learning rate divided by 10 at epochs 15 and 25.',
    ],
  },
} satisfies Method;
