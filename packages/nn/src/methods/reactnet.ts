import { estimators } from '@onebit/ops';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import type { Method } from './method.js';
import { signOfZeroOption, signWeightOptions } from './options.js';

/** ReActNet (Liu et al. 2020): Bi-Real Net with trained thresholds of the sign and a shifted PReLU behind every sum. */
export const reactnet = {
  name: 'reactnet',
  title: 'ReActNet',
  citation: {
    authors: 'Liu, Shen, Savvides, Cheng',
    title: 'ReActNet: Towards Precise Binary Neural Network with Generalized Activation Functions',
    venue: 'ECCV',
    year: 2020,
    arxiv: '2003.03488',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.tri, signOfZero: 1, shift: true }),
  weight: signWeight({ scale: 'filter-mean', gradient: 'clip', signOfZero: 1 }),
  padValue: 0,
  clip: 1,
  block: 'shortcut-rprelu',
  batchNormEpsilon: 1e-5,
  options: { ...signWeightOptions, ...signOfZeroOption },
  golden: ['methods/reactnet.safetensors'],
  test: 'packages/backbones/test/methods/reactnet.golden.test.ts',
  text: {
    forward:
      'y = RPReLU(BN(sign(x + b) conv (a_o sign(w))) + shortcut(x)), with b trained for each input channel, a_o the mean |w| of filter o (a constant) and RPReLU(x) = PReLU(x + m1) + m2.',
    activationGradient: 'g max(0, 2 - 2|x + b|), and its sum over a channel for b.',
    weightGradient: 'g where |w| <= 1, else 0, as in Bi-Real Net.',
    block:
      'Every convolution has its own shortcut (identity, or 2x2 average pool, float 1x1 convolution and BN); RPReLU stands behind the sum. The MobileNet form alternates 3x3 and 1x1 units; where channels double, two 1x1 convolutions with the same shortcut are concatenated.',
    differences: [
      'The paper subtracts the thresholds and the inner shift (x > a, x - gamma); the released code adds them. Here they are added, so that its weights load: b = -a, m1 = -gamma.',
      'In the released MobileNet script step 2 finds none of the convolution weights of step 1 (other names and shapes, non-strict loading) and starts them at random without a message. Here both steps have the same names, and loading reports every tensor.',
      'The released schedule trains the last epoch with learning rate 0; schedules here end behind the last step.',
      'The released code turns 0 into 0; here sign(0) = +1.',
    ],
    recipe: [
      'Released code, step 1 (real weights, binary activations): Adam 1.25e-3 at batch 256 (ResNet-18) or 2.5e-3 at batch 512 (MobileNet), falling linearly to 0 in 128 epochs, weight decay 1e-5.',
      'Step 2 (binary weights, from step 1): the same with weight decay 0.',
      'Both against the softmax of a float ResNet-34 in place of labels.',
      'AdamBNN (arXiv 2106.11309): 256 epochs, weight decay 5e-6 in step 1.',
    ],
  },
} satisfies Method;
