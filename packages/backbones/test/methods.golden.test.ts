import '@tensorflow/tfjs-backend-cpu';
import {
  BatchNorm,
  BinaryConv2d,
  type ForwardContext,
  type Method,
  Module,
  ModuleBuilder,
  methods,
  type Precision,
  resolvePrecision,
} from '@onebit/nn';
import {
  type ActivationQuantizer,
  binarize,
  binarizeWeight,
  registerGradients,
  tf,
  type WeightQuantizer,
} from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../test/golden.js';
import { centreOverInputs, windowMean } from '../../nn/src/layers/binary-scales.js';
import { ResidualBlock } from '../src/block.js';
import { ConvUnit } from '../src/unit.js';
import { compareMode, Golden, type ModuleCase, type Tolerance } from './golden-module.js';

// The README of the vectors: quantizers exactly, everything else relative to the largest entry.
const exact: Tolerance = () => 0;
const relative: Tolerance = (largest) => 1e-5 * Math.max(1, largest);

type Build = (golden: Golden, prefix: string) => Module<tf.Tensor4D, tf.Tensor4D>;

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

/** Signs, those of the official code with sign(0) = 0, and the estimator's gradient. */
function compareActivation(golden: Golden, prefix: string, quantizer: ActivationQuantizer): void {
  tf.tidy(() => {
    const x = golden.raw(`${prefix}.x`);
    golden.compare(`${prefix}.y`, binarize(x, quantizer), exact);
    const official = `${prefix}.y_official`;
    if (golden.has(official)) golden.compare(official, binarize(x, { ...quantizer, signOfZero: 0 }), exact);
    const gradient = tf.grad((t) => binarize(t, quantizer))(x, golden.raw(`${prefix}.grad_out`));
    golden.compare(`${prefix}.grad_x`, gradient, relative);
  });
}

/** Binary weights from `weight.<from>`, their scale, and the latent gradient. */
function compareWeight(golden: Golden, quantizer: WeightQuantizer, { from = 'w', gradient = 'grad_w' } = {}): void {
  tf.tidy(() => {
    const w = golden.parameter(`weight.${from}`);
    const binary = binarizeWeight(w, quantizer);
    golden.compareParameter('weight.wb', binary, relative);
    if (golden.has('weight.alpha'))
      golden.compareParameter('weight.alpha', tf.max(tf.abs(binary), [0, 1, 2], true), relative);
    if (golden.has('weight.wb_official')) {
      golden.compareParameter('weight.wb_official', binarizeWeight(w, { ...quantizer, signOfZero: 0 }), relative);
    }
    const latent = tf.grad((t) => binarizeWeight(t, quantizer))(w, golden.parameter('weight.grad_out'));
    golden.compareParameter(`weight.${gradient}`, latent, relative);
  });
}

function convOptions(golden: Golden, weight: string, x: string, gradOut: string) {
  const [outChannels, inChannels, kernelSize] = golden.tensor(weight).shape;
  const stride = Math.ceil(golden.tensor(x).shape[2] / golden.tensor(gradOut).shape[2]);
  return { inChannels, outChannels, kernelSize, stride };
}

/** One binary convolution, forward and backward. */
function compareConv(golden: Golden, prefix: string, method: Method): BinaryConv2d {
  const name = (part: string) => `${prefix}.${part}`;
  const options = convOptions(golden, name('w'), name('x'), name('grad_out'));
  const module = new BinaryConv2d({ ...options, method }, { seed: 0, path: '' });
  const moduleCase = { golden, module, initial: () => name('w'), x: name('x'), gradOut: name('grad_out') };
  compareMode(
    moduleCase,
    { training: false, y: name('y'), gradX: name('grad_x'), gradient: () => name('grad_w') },
    relative,
    relative,
  );
  return module;
}

/** A block in train and eval mode; `rename` gives the file's name of one of our parameters. */
function compareBlock(golden: Golden, prefix: string, build: Build, rename: (name: string) => string): void {
  const module = build(golden, prefix);
  const initial = (name: string) => `${prefix}.p.${rename(name)}`;
  const moduleCase: ModuleCase = { golden, module, initial, x: `${prefix}.x`, gradOut: `${prefix}.grad_out` };
  for (const mode of ['train', 'eval']) {
    const names = {
      training: mode === 'train',
      y: `${prefix}.${mode}.y`,
      gradX: `${prefix}.${mode}.grad_x`,
      gradient: (name: string) => `${prefix}.${mode}.grad.${rename(name)}`,
      statistic: mode === 'train' ? (name: string) => `${prefix}.train.stat.${rename(name)}` : undefined,
    };
    compareMode(moduleCase, names, relative, relative);
  }
  module.dispose();
}

/** Of the file's blocks every result must have been compared. */
function expectAllBlocks(golden: Golden): void {
  const results = golden.names.filter((name) => /^block\w*\.(train|eval)\./.test(name));
  expect(results.length).toBeGreaterThan(0);
  expect(golden.countOf(/^block\w*\.(train|eval)\./)).toBe(results.length);
}

const file = (name: string) => `methods/${name}.safetensors`;

describe.runIf(hasGolden(file('bnn')))('bnn', () => {
  const method: Method = methods.bnn;

  test('quantizers, convolution, block', () => {
    const golden = new Golden(goldenFile(file('bnn')));
    compareActivation(golden, 'act', method.activation);
    // hardtanh in front of an identity gradient, as the PyTorch port has it, is XNOR-Net's open interval.
    compareActivation(golden, 'act_hardtanh', methods.xnor.activation);
    compareWeight(golden, method.weight);
    tf.tidy(() => {
      const updated = tf.sub(golden.parameter('weight.w'), tf.mul(golden.parameter('weight.grad_w'), 0.5));
      const { clip = Number.NaN } = method;
      golden.compareParameter('weight.w_after_sgd', tf.clipByValue(updated, -clip, clip), relative);
    });
    // The layer of the file has identity gradients on both sides: without the activation's mask.
    const identity = { name: 'identity', derivative: (x: tf.Tensor) => tf.onesLike(x) };
    for (const prefix of golden.cases('w').filter((name) => name.startsWith('conv'))) {
      compareConv(golden, prefix, { ...method, activation: { ...method.activation, estimator: identity } });
    }
    const build: Build = (g, prefix) => {
      const { kernelSize: _, ...options } = convOptions(g, `${prefix}.p.w1`, `${prefix}.x`, `${prefix}.grad_out`);
      return new ResidualBlock(new ModuleBuilder({ plan: 'bnn' }), options);
    };
    for (const prefix of golden.cases('p.w1'))
      compareBlock(golden, prefix, build, (name) =>
        name.replace(/^conv(\d).weight$/, 'w$1').replace('variance', 'var'),
      );
    expectAllBlocks(golden);
    compared(file('bnn'), golden.count);
  });
});

describe.runIf(hasGolden(file('xnor')))('xnor', () => {
  /** The paper's layer, with K, as the file holds it: scale and K constant in the backward pass. */
  const precision: Precision = {
    method: 'xnor',
    activationScale: 'window-mean',
    centreWeights: false,
    weightGradient: 'clip',
  };
  const paper = resolvePrecision(precision) as Method;

  /** BN, sign, convolution with a bias. */
  class XnorUnit extends Module<tf.Tensor4D, tf.Tensor4D> {
    readonly #bn: BatchNorm;
    readonly #conv: BinaryConv2d;

    constructor(options: ReturnType<typeof convOptions>) {
      super();
      this.#bn = this.child('bn', new BatchNorm({ channels: options.inChannels, epsilon: paper.batchNormEpsilon }));
      this.#conv = this.child(
        'conv',
        new BinaryConv2d({ ...options, bias: true, method: paper }, { seed: 0, path: '' }),
      );
    }

    override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
      return this.#conv.forward(this.#bn.forward(x, context), context);
    }
  }

  test('quantizers, weight preparation, convolutions with K, block', () => {
    const golden = new Golden(goldenFile(file('xnor')));
    compareActivation(golden, 'act', methods.xnor.activation);
    tf.tidy(() => {
      const centred = centreOverInputs(golden.parameter('weight.w') as tf.Tensor4D);
      golden.compareParameter('weight.centred', centred, relative);
      const { clip } = methods.xnor;
      golden.compareParameter('weight.clamped', tf.clipByValue(centred, -clip, clip), relative);
    });
    compareWeight(golden, methods.xnor.weight, { from: 'clamped', gradient: 'grad_exact' });
    for (const prefix of golden.cases('K')) {
      const { geometry } = compareConv(golden, prefix, paper);
      tf.tidy(() => golden.compareMap(`${prefix}.K`, windowMean(golden.map(`${prefix}.x`), geometry), relative));
    }
    const build: Build = (g, prefix) =>
      new XnorUnit(convOptions(g, `${prefix}.p.w`, `${prefix}.x`, `${prefix}.grad_out`));
    const names: Record<string, string> = { 'conv.weight': 'w', 'conv.bias': 'bias', 'bn.variance': 'bn.var' };
    for (const prefix of golden.cases('p.w')) compareBlock(golden, prefix, build, (name) => names[name] ?? name);
    expectAllBlocks(golden);
    compared(file('xnor'), golden.count);
  });
});

describe.runIf(hasGolden(file('bireal')))('bireal', () => {
  test('quantizers, convolutions, blocks', () => {
    const golden = new Golden(goldenFile(file('bireal')));
    compareActivation(golden, 'act', methods.bireal.activation);
    compareWeight(golden, methods.bireal.weight);
    for (const prefix of golden.cases('w').filter((name) => name.startsWith('conv'))) {
      compareConv(golden, prefix, methods.bireal);
    }
    const build: Build = (g, prefix) => {
      const { kernelSize: _, ...options } = convOptions(g, `${prefix}.p.w`, `${prefix}.x`, `${prefix}.grad_out`);
      return new ConvUnit(new ModuleBuilder({ plan: 'bireal' }), options);
    };
    const rename = (name: string) =>
      name
        .replace('downsample.conv.weight', 'wd')
        .replace('conv.weight', 'w')
        .replace('downsample.bn', 'bnd')
        .replace('variance', 'var');
    for (const prefix of golden.cases('p.w')) compareBlock(golden, prefix, build, rename);
    expectAllBlocks(golden);
    compared(file('bireal'), golden.count);
  });
});
