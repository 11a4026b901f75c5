import {
  BatchNorm,
  BinaryConv2d,
  type ForwardContext,
  type Method,
  Module,
  methods,
  resolvePrecision,
} from '@onebit/nn';
import { tf } from '@onebit/ops';
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

/** The paper's layer, with K, as the file holds it: scale and K constant in the backward pass. */
const paper = resolvePrecision({
  method: 'xnor',
  activationScale: 'window-mean',
  centreWeights: false,
  weightGradient: 'clip',
}) as Method;

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
  for (const prefix of golden.cases('K')) {
    const { geometry } = compareConv(golden, prefix, paper);
    tf.tidy(() => golden.compareMap(`${prefix}.K`, windowMean(golden.map(`${prefix}.x`), geometry), relative));
  }
  const build: Build = (g, prefix) =>
    new XnorUnit(convOptions(g, `${prefix}.p.w`, `${prefix}.x`, `${prefix}.grad_out`));
  const names: Record<string, string> = { 'conv.weight': 'w', 'conv.bias': 'bias', 'bn.variance': 'bn.var' };
  for (const prefix of golden.cases('p.w')) compareBlock(golden, prefix, build, (name) => names[name] ?? name);
});
