import {
  BatchNorm,
  BinaryConv2d,
  type ForwardContext,
  type Method,
  Module,
  methods,
  resolvePrecision,
} from '@onebit/nn';
import { binarizeWeight, tf } from '@onebit/ops';
import { centreOverInputs } from '../../../nn/src/binarizers/centred.js';
import { windowMean } from '../../../nn/src/binarizers/window-mean.js';
import {
  type Build,
  compareActivation,
  compareBlock,
  compareConv,
  compareWeight,
  convOptions,
  goldenMethod,
  relative,
} from '../golden-method.js';
import type { Golden } from '../golden-module.js';

/** The paper's layer, with K, as the file holds it: scale and K constant in the backward pass. */
const paper = resolvePrecision({
  method: 'xnor',
  activationScale: 'window-mean',
  centreWeights: false,
  weightGradient: 'clip',
}) as Method;

const paperGradient = resolvePrecision({ method: 'xnor', weightGradient: 'paper' }) as typeof methods.xnor;

/** The gradients of the released codes are ours times what they document: (1 - 1/in) n, and 1e9 in the port. */
function compareReleased(golden: Golden): void {
  tf.tidy(() => {
    const w = golden.parameter('weight.clamped') as tf.Tensor4D;
    const [, , inputs, outputs] = w.shape;
    const factor = (1 - 1 / inputs) * (w.size / outputs);
    const gradient = (method: typeof methods.xnor) =>
      tf.grad((t) => binarizeWeight(t, method.weight.quantizer(1)))(w, golden.parameter('weight.grad_out'));
    golden.compareParameter('weight.grad_torch7_sgd', tf.mul(gradient(paperGradient), factor), relative);
    golden.compareParameter('weight.grad_port', tf.mul(gradient(methods.xnor), factor * 1e9), relative);
  });
}

/** BN, sign, convolution with a bias. */
class XnorUnit extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #bn: BatchNorm;
  readonly #conv: BinaryConv2d;

  constructor(options: ReturnType<typeof convOptions>) {
    super();
    this.#bn = this.child('bn', new BatchNorm({ channels: options.inChannels, epsilon: paper.batchNormEpsilon }));
    this.#conv = this.child('conv', new BinaryConv2d({ ...options, bias: true, method: paper }, { seed: 0, path: '' }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return this.#conv.forward(this.#bn.forward(x, context), context);
  }
}

goldenMethod('xnor', (golden) => {
  compareActivation(golden, 'act', methods.xnor.activation.quantizer(1));
  tf.tidy(() => {
    const centred = centreOverInputs(golden.parameter('weight.w') as tf.Tensor4D);
    golden.compareParameter('weight.centred', centred, relative);
    const { clip } = methods.xnor;
    golden.compareParameter('weight.clamped', tf.clipByValue(centred, -clip, clip), relative);
  });
  compareWeight(golden, methods.xnor.weight.quantizer(1), { from: 'clamped', gradient: 'grad_exact' });
  compareWeight(golden, paperGradient.weight.quantizer(1), { from: 'clamped', gradient: 'grad_paper' });
  compareReleased(golden);
  for (const prefix of golden.cases('K')) {
    const { geometry, weight } = compareConv(golden, prefix, paper);
    tf.tidy(() => {
      const filters = binarizeWeight(weight.variable, methods.xnor.weight.quantizer(1));
      golden.compareParameter(`${prefix}.alpha`, tf.max(tf.abs(filters), [0, 1, 2], true), relative);
    });
    tf.tidy(() => golden.compareMap(`${prefix}.K`, windowMean(golden.map(`${prefix}.x`), geometry), relative));
  }
  const build: Build = (g, prefix) =>
    new XnorUnit(convOptions(g, `${prefix}.p.w`, `${prefix}.x`, `${prefix}.grad_out`));
  const names: Record<string, string> = { 'conv.weight': 'w', 'conv.bias': 'bias', 'bn.variance': 'bn.var' };
  for (const prefix of golden.cases('p.w')) compareBlock(golden, prefix, build, (name) => names[name] ?? name);
});
