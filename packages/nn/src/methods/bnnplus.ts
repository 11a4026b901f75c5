import { type RegularizedSign, type RegularizedSignParts, regularizedSign } from '../binarizers/regularized-sign.js';
import { signActivation } from '../binarizers/sign-activation.js';
import { swish } from '../binarizers/swish.js';
import type { Method } from './method.js';
import { oneOf, positive } from './options.js';

const start: RegularizedSignParts = { estimator: swish(5), regularizer: 'R2', strength: 1e-6 };

/** BNN+ (Darabi et al. 2018): SwishSign gradients on both sides, trained scales, and a regularizer that draws weights to them. */
export const bnnplus = {
  name: 'bnnplus',
  title: 'BNN+',
  citation: {
    authors: 'Darabi, Belbahri, Courbariaux, Partovi Nia',
    title: 'BNN+: Improved Binary Network Training',
    venue: 'arXiv',
    year: 2018,
    arxiv: '1812.11800',
  },
  activation: signActivation({ levels: 'pm1', estimator: swish(5), signOfZero: 1 }),
  weight: regularizedSign(start),
  padValue: 0,
  block: 'shortcut',
  batchNormEpsilon: 1e-5,
  options: {
    /** b of SwishSign, on both sides. */
    sharpness: positive((method, value) => ({
      ...withParts(method, { estimator: swish(value) }),
      activation: signActivation({ levels: 'pm1', estimator: swish(value), signOfZero: 1 }),
    })),
    regularizer: oneOf(['none', 'R1', 'R2'], (method, regularizer) => withParts(method, { regularizer })),
    strength: positive((method, strength) => withParts(method, { strength })),
  },
  golden: ['methods/bnnplus.safetensors'],
  test: 'packages/backbones/test/methods/bnnplus.golden.test.ts',
  text: {
    forward:
      'y = sign(x) conv (alpha_o sign(w)) with a trained scale alpha for each filter. The loss gains strength times R1, the sum of |alpha_o - |w||, or R2, the sum of (alpha_o - |w|)^2.',
    activationGradient:
      'Slope of SwishSign: g b (2 - bx tanh(bx / 2)) / (1 + cosh bx), b = 5; negative lobes beyond |bx| of about 2.4.',
    weightGradient:
      'The same slope at w, times alpha_o; plus the gradient of the regularizer. Latent weights are not clipped: the regularizer holds them.',
    block:
      'Conv, BN, sign around each convolution. The paper used the AlexNet and ResNet-18 of its time; here a shortcut stands around every convolution, with the first and last layer float.',
    differences: [
      "No code of the authors was found; all formulas are the paper's, with bx clamped to +-80, where cosh would overflow float32 and the slope is 0 anyway.",
      'Whether alpha multiplies the weights in the forward pass the paper leaves open; here it does, and starts at the mean |w| of its filter.',
      'Weight of the regularizer, by default 1e-6 with R2: the middle of the range 1e-7 to 1e-5 that is reported; our choice.',
      'The 46.1 % that surveys list under ResNet-18 is the AlexNet result of the paper.',
    ],
    recipe: [
      'Paper: b = 5 where weights and activations are binary on ImageNet, also 10; a float network as the starting point.',
      'Adam 1e-3, falling to 0; no weight decay on latent weights, which the regularizer replaces.',
    ],
  },
} satisfies Method & { weight: RegularizedSign };

function withParts(method: Method, parts: Partial<RegularizedSignParts>): Method {
  const { parts: before = start } = method.weight as Partial<RegularizedSign>;
  return { ...method, weight: regularizedSign({ ...before, ...parts }) };
}
