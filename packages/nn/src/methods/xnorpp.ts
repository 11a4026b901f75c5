import { estimators } from '@onebit/ops';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import { type TrainedScaling, type TrainedScalingParts, trainedScaling } from '../binarizers/trained-scaling.js';
import type { Method, MethodOption } from './method.js';
import { oneOf, signOfZeroOption } from './options.js';

const outputSize: MethodOption = {
  accepts: "[height, width] of the layer's output",
  apply: (method, value) => (isSize(value) ? withParts(method, { outputSize: value }) : undefined),
};

/** XNOR-Net++ (Bulat and Tzimiropoulos 2019): one trained scale behind the convolution in place of the computed ones. */
export const xnorpp = {
  name: 'xnorpp',
  title: 'XNOR-Net++',
  citation: {
    authors: 'Bulat, Tzimiropoulos',
    title: 'XNOR-Net++: Improved Binary Neural Networks',
    venue: 'BMVC',
    year: 2019,
    arxiv: '1909.13863',
  },
  activation: signActivation({ levels: 'pm1', estimator: estimators.clipOpen, signOfZero: 1 }),
  weight: signWeight({ scale: 'none', gradient: 'clip', estimator: estimators.clipOpen, signOfZero: 1 }),
  output: trainedScaling({ scale: 'channel' }),
  padValue: 0,
  clip: 1,
  block: 'norm-first-prelu',
  batchNormEpsilon: 1e-5,
  options: {
    ...signOfZeroOption,
    scale: oneOf(['channel', 'dense', 'channel-map', 'channel-row-column'], (method, scale) =>
      withParts(method, { scale }),
    ),
    outputSize,
  },
  golden: ['methods/xnorpp.safetensors'],
  test: 'packages/backbones/test/methods/xnorpp.golden.test.ts',
  text: {
    forward:
      'y = (sign(x) conv sign(w)) G with a trained G, 1 at first. Case 1 (scale: channel): one number for each output channel; case 2 (dense): one for each channel and pixel; case 3 (channel-map): channel times pixel; case 4 (channel-row-column): channel times row times column.',
    activationGradient: 'Straight-through inside the open interval: g where |x| < 1, else 0.',
    weightGradient: 'g where |w| < 1, else 0; latent weights are clipped to [-1, 1]. G by the chain rule.',
    block:
      'BN, sign, conv, G, PReLU, plus the shortcut, around each convolution: the form of the same authors a year later.',
    differences: [
      'The paper recommends case 4. It fixes the size of the input, since G depends on the pixel: useless for detectors and segmenters, and not to be folded into batch normalisation. Case 1 is the default here; the others need outputSize and refuse every other size.',
      "The authors' library cannot construct its XNORScaleBinarizer, and its AdvancedInputBinarizer lets no gradient through; BiBench uses scales 2000 long, of which the part beyond the training size is never trained.",
      "The library's XNORWeightBinarizer is another thing: mean |w| as scale, differentiated too (XNOR-Net with weightGradient: scale-chain).",
      'The BMVC paper itself keeps the block of XNOR-Net, as far as can be told.',
    ],
    recipe: [
      "Authors' library: Adam; activations are binarized first, weights in a second stage; first, last and downsampling layers stay float.",
    ],
  },
} satisfies Method & { output: TrainedScaling };

function withParts(method: Method, parts: Partial<TrainedScalingParts>): Method {
  const { parts: before } = method.output as TrainedScaling;
  return { ...method, output: trainedScaling({ ...before, ...parts }) };
}

function isSize(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((size) => Number.isInteger(size) && size > 0);
}
