import { scheduledFourier } from '../binarizers/fourier.js';
import { noisyActivation, noisyWeight } from '../binarizers/noise-adaptation.js';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import type { Method } from './method.js';
import { oneOf } from './options.js';

/** BiBench's layer: base frequency 0.1, 10 terms at first and 19 at the end. */
const estimator = scheduledFourier({ first: 9, last: 18, frequency: 0.1 });
const activation = signActivation({ levels: 'pm1', estimator, signOfZero: 1 });
const weight = signWeight({ scale: 'filter-mean', gradient: 'clip', estimator, signOfZero: 1 });

/** FDA-BNN (Xu et al. 2021): the gradient of the sign in the frequency domain, and a small network that makes up for what its series leaves out. */
export const fda = {
  name: 'fda',
  title: 'FDA-BNN',
  citation: {
    authors: 'Xu, Han, Xu, Tang, Xu, Wang',
    title: 'Learning Frequency Domain Approximation for Binary Neural Networks',
    venue: 'NeurIPS',
    year: 2021,
  },
  activation: noisyActivation(activation),
  weight: noisyWeight(weight),
  padValue: 0,
  clip: 1,
  block: 'shortcut',
  batchNormEpsilon: 1e-5,
  options: {
    noiseAdaptation: oneOf([true, false], (method, wanted) => ({
      ...method,
      activation: wanted ? noisyActivation(activation) : activation,
      weight: wanted ? noisyWeight(weight) : weight,
    })),
  },
  golden: ['methods/fda.safetensors'],
  test: 'packages/backbones/test/methods/fda.golden.test.ts',
  text: {
    forward:
      'y = sign(x) conv (a_o sign(w)), a_o the mean |w| of filter o. While a run lasts, s (relu(x A) B + 0.1 sin x) is added to both operands, with trained A, B of each layer and s = 0.05 (1 + cos(pi progress)): nothing is left of it at the end.',
    activationGradient:
      'g (4 w / pi) sum over i = 0 .. m of cos((2i + 1) w x) where |x| <= 1, w = 0.1, m growing from 9 to 18 over the run; plus the exact gradient of the noise adaptation.',
    weightGradient: 'The same at w, a_o taken as a constant.',
    block:
      'As Bi-Real Net: every convolution has its own shortcut; 2x2 average pool, float 1x1 convolution and BN where the size changes. No activation function.',
    differences: [
      'Terms, frequency and share of the noise adaptation are those of BiBench; the paper was not compared.',
      'BiBench creates the network of the activations inside the first forward pass, so that an optimizer made before never trains it; here it is made with the layer.',
      'The networks work along the input channels, with one hidden unit for 16 channels: a choice of this toolkit. The option noiseAdaptation turns them off.',
      'While the share is not 0 the operands are real numbers and a training step convolves in floating point.',
      'With w = 0.1 the derivative hardly varies inside [-1, 1]: it is 1.27 at 0 for m = 9.',
      'BiBench turns 0 into 0; here sign(0) = +1.',
    ],
    recipe: [
      'No released recipe could be checked; start from that of Bi-Real Net: Adam 1e-3 falling linearly to 0, no weight decay.',
    ],
  },
} satisfies Method;
