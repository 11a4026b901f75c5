import { rectifiedClamp, standardizedSign } from '../binarizers/rectified-clamp.js';
import type { Method } from './method.js';

/** ReCU (Xu et al. 2021): standardized weights whose tails get no gradient. */
export const recu = {
  name: 'recu',
  title: 'ReCU',
  citation: {
    authors: 'Xu, Lin, Liu, Chen, Shao, Gao, Tian, Ji',
    title: 'ReCU: Reviving the Dead Weights in Binary Neural Networks',
    venue: 'ICCV',
    year: 2021,
    arxiv: '2103.12369',
  },
  activation: standardizedSign,
  weight: rectifiedClamp,
  padValue: 0,
  block: 'shortcut-clip',
  batchNormEpsilon: 1e-5,
  golden: ['methods/recu.safetensors'],
  test: 'packages/backbones/test/methods/recu.golden.test.ts',
  text: {
    forward:
      'y = sign(x) conv (a_o sign(z)), z the filter less its mean over its unbiased deviation / (2 sqrt 2), a_o trained. In training x is divided by the deviation of its sample first, which changes no sign.',
    activationGradient: 'g max(0, 2 - 2|x|) at the divided x, then through the deviation.',
    weightGradient:
      'a_o g where |z| <= Q, else 0, then through mean and deviation; Q = -mean |z| ln(2 - 2 tau) over the layer, a constant, tau from 0.85 to 0.99 along e^progress.',
    block: 'Conv, BN, add the shortcut, clip to [-1, 1], around every convolution, as IR-Net.',
    differences: [
      'The paper pulls outliers back to the quantile. Since the sign of a clamped number is that of the number, tau never changes the forward pass; in the released code, which is copied here, it takes the gradient from weights beyond Q: a third of a normal layer at 0.85, 0.2 % at 0.99.',
      'a_o stands in front of a train-mode BN, so that its own gradient is 0 but for epsilon: it matters through the size of the latent gradient alone.',
      'Batch normalisation starts at gamma = 1 here, at 1e-8 in the released code.',
      'The released code turns 0 into 0; here sign(0) = +1.',
    ],
    recipe: [
      'Released code: SGD 0.1 with a cosine, 200 epochs, batch 512, weight decay 1e-4 on convolutions and linear layers alone, five epochs of warm-up.',
    ],
  },
} satisfies Method;
