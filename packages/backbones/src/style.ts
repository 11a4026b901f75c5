import type { BlockStyle, ModuleBuilder, ResolvedPrecision } from '@onebit/nn';
import { type ActivationKind, isRectifier } from './activation.js';
import type { DownsampleForm } from './downsample.js';

/** The form of a residual network: that of He et al. 2016 with ReLU, or the one a binarization method prescribes. */
export type ResidualStyle = 'float' | BlockStyle;

/** The graph of a style, as data. */
export interface StyleGraph {
  /** Where batch normalisation stands, seen from the convolution. */
  readonly norm: 'before' | 'after';
  /** Around every convolution, or around both of a block. */
  readonly shortcuts: 'each' | 'block';
  /** Where the shortcut is added. */
  readonly sum: 'before-norm' | 'before-activation' | 'after-activation';
  readonly activation: ActivationKind;
  /** Shortcut where size or channels change; `none` where units bring their own. */
  readonly downsample: DownsampleForm | 'none';
  /** Activation of the stem in front. */
  readonly stem: ActivationKind;
  /** Order of the stem's max-pool and batch normalisation; default `norm-first`. */
  readonly stemOrder?: 'norm-first' | 'pool-first';
  /** True: a ReLU stands between the convolution and the batch normalisation. */
  readonly rectified?: boolean;
  /** Form of the units that the order above does not describe. */
  readonly unit?: 'bnext' | 'poke';
}

// S C ReLU B + (Group-Net, groupnet.md sections 5 and 6)
const shortcutRectified: StyleGraph = {
  norm: 'after',
  shortcuts: 'each',
  sum: 'before-activation',
  activation: 'none',
  downsample: 'conv',
  stem: 'none',
  stemOrder: 'pool-first',
  rectified: true,
};

/** Sections of the specification are those of binarization-methods.md. */
export const styles: Readonly<Record<ResidualStyle, StyleGraph>> = {
  // C B ReLU, C B + ReLU (He et al. 2016, arXiv 1512.03385)
  float: {
    norm: 'after',
    shortcuts: 'block',
    sum: 'before-activation',
    activation: 'relu',
    downsample: 'conv',
    stem: 'relu',
  },
  // C B H, C + B H (BinaryNet.pytorch, 2.1)
  'plain-cbs': {
    norm: 'after',
    shortcuts: 'block',
    sum: 'before-norm',
    activation: 'clip',
    downsample: 'conv',
    stem: 'clip',
  },
  // B S C, B S C + (XNOR-Net, pre-activation order, 2.2)
  'xnor-bsc': {
    norm: 'before',
    shortcuts: 'block',
    sum: 'before-activation',
    activation: 'none',
    downsample: 'conv',
    stem: 'relu',
  },
  // S C B + (Bi-Real, 2.6; BiDet): no activation anywhere, the sign of the next convolution is the only one
  shortcut: {
    norm: 'after',
    shortcuts: 'each',
    sum: 'before-activation',
    activation: 'none',
    downsample: 'pool-conv',
    stem: 'none',
  },
  // S C B + H (IR-Net, 2.13; ReCU, 3.1)
  'shortcut-clip': {
    norm: 'after',
    shortcuts: 'each',
    sum: 'before-activation',
    activation: 'clip',
    downsample: 'conv',
    stem: 'clip',
  },
  // RSign C B + RPReLU (ReActNet, 2.17)
  'shortcut-rprelu': {
    norm: 'after',
    shortcuts: 'each',
    sum: 'before-activation',
    activation: 'rprelu',
    downsample: 'pool-conv',
    stem: 'none',
  },
  // S C B + Maxout (AdaBin, 3.2)
  'shortcut-maxout': {
    norm: 'after',
    shortcuts: 'each',
    sum: 'before-activation',
    activation: 'maxout',
    downsample: 'pool-conv',
    stem: 'maxout',
  },
  // B S C PReLU + (XNOR-Net++ in the authors' later form, 2.8; Real-to-Binary, 2.16)
  'norm-first-prelu': {
    norm: 'before',
    shortcuts: 'each',
    sum: 'after-activation',
    activation: 'prelu',
    downsample: 'pool-conv',
    stem: 'prelu',
  },
  // B S C + PReLU (PCNN, 2.9)
  'norm-first-sum-prelu': {
    norm: 'before',
    shortcuts: 'each',
    sum: 'before-activation',
    activation: 'prelu',
    downsample: 'conv-pool',
    stem: 'prelu',
  },
  // S C B P gate, times or plus the shortcut, B (BNext, 3.7)
  bnext: {
    norm: 'after',
    shortcuts: 'each',
    sum: 'before-activation',
    activation: 'none',
    downsample: 'none',
    stem: 'none',
    unit: 'bnext',
  },
  // S C B + + DPReLU gate B (PokeBNN, 3.8)
  poke: {
    norm: 'after',
    shortcuts: 'each',
    sum: 'before-activation',
    activation: 'none',
    downsample: 'none',
    stem: 'prelu',
    unit: 'poke',
  },
  'shortcut-rectified': shortcutRectified,
  // K of them side by side in blocks that have this form, one with K bases elsewhere
  group: shortcutRectified,
};

/** True where what leaves a unit of this style is the result of a ReLU. */
export function isNonNegative(style: ResidualStyle): boolean {
  return isRectifier(styles[style].activation) && styles[style].sum !== 'after-activation';
}

/** The style that a block of these convolutions takes from the plan: that of the first binary one. */
export function blockStyle(builder: ModuleBuilder, names: readonly string[]): ResidualStyle {
  return binaryOf(builder, names)?.block ?? 'float';
}

/** The epsilon of batch normalisation that the method of the block prescribes. */
export function normEpsilon(builder: ModuleBuilder, names: readonly string[]): number | undefined {
  return binaryOf(builder, names)?.batchNormEpsilon;
}

function binaryOf(builder: ModuleBuilder, names: readonly string[]): Exclude<ResolvedPrecision, 'fp32'> | undefined {
  return names.map((name) => builder.precisionOf(name)).find((precision) => precision !== 'fp32');
}
