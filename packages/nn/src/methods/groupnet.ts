import { estimators } from '@onebit/ops';
import { realActivation, tanhActivation } from '../binarizers/real.js';
import { signActivation } from '../binarizers/sign-activation.js';
import { signWeight } from '../binarizers/sign-weight.js';
import type { GroupForm } from './group-form.js';
import type { Method, MethodOption } from './method.js';
import { oneOf, signOfZeroOption, signWeightOptions, wholeNumber } from './options.js';

/** Twice the most that is reported. */
const mostBases = 16;

/** The K of every released network, the gates of the released code, the aggregation of its conference form. */
const group: GroupForm = { bases: 5, gates: 'block', aggregation: 'scales' };

const activations = {
  binary: signActivation({ levels: 'pm1', estimator: estimators.tri, signOfZero: 1 }),
  tanh: tanhActivation,
  real: realActivation,
};

/** An option that replaces a part of the group. */
function withGroup(method: Method, part: Partial<GroupForm>): Method {
  return { ...method, group: { ...group, ...method.group, ...part } };
}

const options: Readonly<Record<string, MethodOption>> = {
  ...signWeightOptions,
  ...signOfZeroOption,
  /** K. */
  bases: wholeNumber(mostBases, (method, bases) => withGroup(method, { bases })),
  gates: oneOf(['block', 'branch', 'none'], (method, gates) => withGroup(method, { gates })),
  aggregation: oneOf(['scales', 'mean', 'mean-released'], (method, aggregation) => withGroup(method, { aggregation })),
  /** `layer`: every convolution is the sum of K bases, in residual blocks too. */
  decomposition: oneOf(['group', 'layer'], (method, decomposition) => ({
    ...method,
    block: decomposition === 'group' ? 'group' : 'shortcut-rectified',
  })),
  /** `tanh` with `weights: 'real'` is the stage in full precision that the binary one starts from. */
  activations: oneOf(['binary', 'tanh', 'real'], (method, name) => ({
    ...method,
    activation: name === 'binary' ? method.activation : activations[name],
  })),
};

/** Group-Net (Zhuang et al. 2019): every residual block as K parallel binary branches, connected from block to block by gates. */
export const groupnet = {
  name: 'groupnet',
  title: 'Group-Net',
  citation: {
    authors: 'Zhuang, Shen, Tan, Liu, Reid',
    title: 'Structured Binary Neural Networks for Accurate Image Classification and Semantic Segmentation',
    venue: 'CVPR',
    year: 2019,
    arxiv: '1811.10413',
  },
  activation: activations.binary,
  weight: signWeight({ scale: 'layer-mean', gradient: 'identity', signOfZero: 1 }),
  padValue: 1,
  block: 'group',
  batchNormEpsilon: 1e-5,
  group,
  binaryShortcuts: true,
  options,
  golden: [
    'groupnet/quantizers.safetensors',
    'groupnet/binary_conv.safetensors',
    'groupnet/stem.safetensors',
    'groupnet/block_*.safetensors',
    'groupnet/chain_*.safetensors',
  ],
  test: 'packages/backbones/test/methods/groupnet.golden.test.ts',
  text: {
    forward:
      'One base: y = sign(x) conv (a sign(w)), a the mean |w| of the layer, taken as a constant; the border is +1. A convolution outside of residual blocks is sum over k of s_k (sign(x) conv (a_k sign(w_k))), s_k trained.',
    activationGradient: 'g max(0, 2 - 2|x|).',
    weightGradient: 'g unchanged, weights are not clipped.',
    block:
      'K branches side by side, each with weights and batch normalisations of its own: convolution, ReLU, BN, shortcut, around both convolutions. Branch k gets g u_k + (1 - g) m, u_k being its own output in the block before, m the aggregate of all branches there and g the sigmoid of a trained number; in the first block, and without gates, m. The aggregate is the sum of the outputs with trained scales, or their mean. Where the size changes the shortcut is a binary 1x1 convolution at that stride and BN, which all branches share. In the stem BN stands behind the max-pool and no activation follows.',
    differences: [
      'The papers describe a gate for each branch, the released code has one for each block: option gates.',
      'The conference code sums with trained scales, that of the journal takes the mean and, by an error in place, hands on the sum of all branches as the first one: options aggregation mean and mean-released.',
      'The paper has one scale for each filter, the released code one for each layer: option weightScale.',
      'At x = 1 the released gradient is the square of the incoming one; here 0.',
      'Sums of an even number of signs can be 0; the ReLU behind passes no gradient there, while rounding decides in the released code.',
      'The released code turns 0 into 0; here sign(0) = +1.',
      'Released networks are ResNet-18 and 34. Bottlenecks and networks without residual blocks take the layer-wise form, which the paper compares with: each convolution is the sum of K bases (option decomposition gives it to residual blocks too).',
    ],
    recipe: [
      'Released code: first in full precision, { weights: real, activations: tanh }, SGD 0.9, 0.05 divided by 10 after epochs 25 and 35 of 40, weight decay 1e-4; then binary from these weights, Adam 5e-4 divided by 10 after epochs 20 and 30 of 40, no weight decay; batch 256.',
      'Weight decay on gates and scales draws them to 1/2 and 0; gates are spared like normalisations.',
    ],
  },
} satisfies Method;
