import { estimators } from '@onebit/ops';
import { channelGate } from '../binarizers/channel-gate.js';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import type { Method } from './method.js';
import { oneOf, signOfZeroOption, signWeightOptions } from './options.js';

/** Real-to-Binary (Martinez et al. 2020): output channels scaled by a small gate on the real input, trained against a sequence of teachers. */
export const real2binary = {
  name: 'real2binary',
  title: 'Real-to-Binary',
  citation: {
    authors: 'Martinez, Yang, Bulat, Tzimiropoulos',
    title: 'Training Binary Neural Networks with Real-to-Binary Convolutions',
    venue: 'ICLR',
    year: 2020,
    arxiv: '2003.11535',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.clip, signOfZero: 1 }),
  weight: signWeight({ scale: 'none', gradient: 'clip', signOfZero: 1 }),
  output: channelGate,
  padValue: 0,
  clip: 1,
  block: 'norm-first-prelu',
  batchNormEpsilon: 1e-5,
  options: {
    ...signWeightOptions,
    ...signOfZeroOption,
    /** False: what the teachers' ablation without gates has. */
    gate: oneOf([true, false], (method, value) => ({ ...method, output: value ? channelGate : undefined })),
  },
  golden: ['methods/real2binary.safetensors'],
  test: 'packages/backbones/test/methods/real2binary.golden.test.ts',
  text: {
    forward:
      'With a = BN(x): y = PReLU((sign(a) conv sign(w)) G(a)) + shortcut(x), G(a) = sigmoid(relu(mean(a) W1) W2) for each image and output channel, W1 in x in/8, W2 in/8 x out, no biases.',
    activationGradient: 'Straight-through inside the unit interval: g where |x| <= 1, else 0.',
    weightGradient: 'g where |w| <= 1, else 0; after each update w is clipped to [-1, 1].',
    block:
      'BN, sign, convolution, gate, PReLU, and the shortcut of each convolution behind it; shortcuts that change size are average pool, float 1x1 convolution and BN.',
    differences: [
      'The official repository has no code; the reference is Larq Zoo, whose published steps are not the ones that made its weights.',
      'Attention maps are matched by the sum of squares over its norm in the paper, by the mean of squares over its maximum in Larq Zoo: weights of the loss that suit one do not suit the other.',
      "The paper's strong baseline has XNOR-Net++ scales in place of the gate; here that is the method xnorpp in this block.",
    ],
    recipe: [
      'Larq Zoo: four stages of 75 epochs: a real ResNet-18; this block with tanh for sign, taught by it (attention 30, logits 3); binary activations, taught by that; all binary, taught by that (logits 0.8, no attention), each from the weights of the one before.',
      'Larq Zoo: Adam 1e-3 (last stage 2e-4), x0.3 at epochs 40, 60, 70, five epochs of warm-up, batch 256, L2 1e-5 on real weights.',
    ],
  },
} satisfies Method;
