import { estimators } from '@onebit/ops';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import type { Method } from './method.js';
import { signOfZeroOption, signWeightOptions } from './options.js';

/** The binary convolution of BiDet (Wang et al. 2020): Bi-Real's gradient and shortcuts, an attached scale, borders of -1. */
export const bidet = {
  name: 'bidet',
  title: 'BiDet',
  citation: {
    authors: 'Wang, Wu, Lu, Zhou',
    title: 'BiDet: An Efficient Binarized Object Detector',
    venue: 'CVPR',
    year: 2020,
    arxiv: '2003.03961',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.tri, signOfZero: 1 }),
  weight: signWeight({ scale: 'filter-mean', gradient: 'scale-chain', signOfZero: 1 }),
  padValue: -1,
  block: 'shortcut',
  batchNormEpsilon: 1e-5,
  options: { ...signWeightOptions, ...signOfZeroOption },
  golden: [
    'bidet/binary_conv.safetensors',
    'bidet/sign_functions.safetensors',
    'bidet/vgg_block.safetensors',
    'bidet/resnet_block.safetensors',
  ],
  test: 'packages/backbones/test/bidet-blocks.golden.test.ts',
  text: {
    forward: 'y = BN(pad(sign(x), -1) conv (a_o sign(w))) + shortcut(x), a_o the mean |w| of filter o.',
    activationGradient: 'Piecewise linear: g max(0, 2 - 2|x|).',
    weightGradient:
      'a_o g + sign(w)/n times the sum over the filter of g sign(w): the sign is passed straight through without clipping and the scale is not detached.',
    block: 'As Bi-Real; the average pool of a shortcut works in ceil mode and averages over the cells that exist.',
    differences: [
      'Borders are padded with -1 after the sign, unlike Bi-Real and XNOR-Net (0).',
      'The released code turns 0 into 0, which matters behind a ReLU (first extra layer of its SSD); here sign(0) = +1 unless signOfZero is 0.',
      "The detector's information-bottleneck and sparse-prior losses belong to the detectors, not to this layer.",
    ],
    recipe: [
      'Released SSD300: Adam 1e-3, weight decay 0, batch 32, learning rate times 0.1 at steps 30k, 80k, 200k on VOC.',
      'Released Faster R-CNN: Adam 1e-2, weight decay 0, batch 16, times 0.1 every 6 epochs.',
    ],
  },
} satisfies Method;
