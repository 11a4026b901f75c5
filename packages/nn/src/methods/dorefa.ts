import { gradientLevels } from '../binarizers/gradient-levels.js';
import { signWeight } from '../binarizers/sign-weight.js';
import { bitLevels, tanhWeight, unitActivation } from '../binarizers/uniform-levels.js';
import type { Method } from './method.js';
import { oneOf } from './options.js';

const widths = [1, 2, 3, 4, 8] as const;

/** One bit is a sign with one scale for the layer, more are levels of tanh(w). */
function weightOf(bits: number): Method['weight'] {
  return bits === 1 ? signWeight({ scale: 'layer-mean', gradient: 'identity', signOfZero: 1 }) : tanhWeight(bits);
}

/** The method at so many bits of weights and activations. */
function atBits(name: string, title: string, bits: number) {
  return {
    name,
    title,
    citation: {
      authors: 'Zhou, Wu, Ni, Zhou, Wen, Zou',
      title: 'DoReFa-Net: Training Low Bitwidth Convolutional Neural Networks with Low Bitwidth Gradients',
      venue: 'arXiv',
      year: 2016,
      arxiv: '1606.06160',
    },
    activation: unitActivation(bitLevels(bits)),
    weight: weightOf(bits),
    padValue: 0,
    block: 'xnor-bsc',
    batchNormEpsilon: 1e-4,
    options: {
      weightBits: oneOf(widths, (method, value) => ({ ...method, weight: weightOf(value) })),
      activationBits: oneOf(widths, (method, value) => ({ ...method, activation: unitActivation(bitLevels(value)) })),
      /** 32 leaves gradients as they are. */
      gradientBits: oneOf([2, 4, 6, 8, 32], (method, value) => ({
        ...method,
        output: value === 32 ? undefined : gradientLevels(value),
      })),
    },
    golden: ['methods/dorefa.safetensors'],
    test: 'packages/backbones/test/methods/dorefa.golden.test.ts',
    text: {
      forward:
        '1 bit: y = q(x) conv (E sign(w)), q(x) = 1 where x > 1/2, else 0; E the mean |w| of the layer. k bits: q(x) = round((2^k - 1) clip(x, 0, 1)) / (2^k - 1), halves to even, and w as 2 q(tanh(w) / (2 max |tanh w|) + 1/2) - 1.',
      activationGradient: 'g where 0 <= x <= 1, else 0.',
      weightGradient:
        '1 bit: g, unchanged, E a constant. k bits: g (1 - tanh^2 w) / max |tanh w|, the maximum a constant.',
      block: 'BN, clip and quantization, convolution; twice, then the shortcut.',
      differences: [
        'The official code differentiates the maximum of the weights, Larq does not; here it is a constant, as the vectors have it.',
        'The shortcut of a reducing block starts behind BN and quantization in the official ResNet; here at the input of the block, as in the other pre-activation networks.',
        'Ports often use the k-bit formula for 1 bit, which loses E and gives 0 the sign -1.',
        'Gradients of k bits (gradientBits) are the gradients behind each convolution: 2 r (q(g / (2 r) + 1/2 + noise) - 1/2) with r the largest |g| of a sample; the noise comes from the seed of the run.',
      ],
      recipe: [
        'Released code (AlexNet): Adam 2e-4, epsilon 1e-5, 4e-5 from epoch 60 and 8e-6 from 75 of 90, batch 256, weight decay 5e-6 on fully connected weights alone.',
        'First and last layer stay float.',
      ],
    },
  } satisfies Method;
}

/** DoReFa-Net (Zhou et al. 2016) with one bit: activations 0 and 1, weights plus and minus one scale for the layer. */
export const dorefa = atBits('dorefa', 'DoReFa-Net', 1);

/** Reference points between one bit and float. */
export const dorefa2 = atBits('dorefa-2bit', 'DoReFa-Net, 2 bit', 2);
export const dorefa4 = atBits('dorefa-4bit', 'DoReFa-Net, 4 bit', 4);
export const dorefa8 = atBits('dorefa-8bit', 'DoReFa-Net, 8 bit', 8);
