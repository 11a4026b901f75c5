import { type Method, ModuleBuilder, methods, signActivation } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { drawSigns, probabilityOfOne } from '../../../nn/src/binarizers/stochastic-sign.js';
import { ResidualBlock } from '../../src/block.js';
import {
  type Build,
  compareActivation,
  compareBlock,
  compareConv,
  compareWeight,
  convOptions,
  exact,
  goldenMethod,
  relative,
} from '../golden-method.js';

const { activation, weight, clip } = methods.bnn;

goldenMethod('bnn', (golden) => {
  compareActivation(golden, 'act', activation.quantizer(1));
  // hardtanh in front of an identity gradient, as the PyTorch port has it, is XNOR-Net's open interval.
  compareActivation(golden, 'act_hardtanh', methods.xnor.activation.quantizer(1));
  compareWeight(golden, weight.quantizer(1));
  tf.tidy(() => {
    const updated = tf.sub(golden.parameter('weight.w'), tf.mul(golden.parameter('weight.grad_w'), 0.5));
    golden.compareParameter('weight.w_after_sgd', tf.clipByValue(updated, -clip, clip), relative);
  });
  tf.tidy(() => {
    const asMap = (name: string) => tf.reshape(golden.raw(name), [-1, 1, 1, 1]) as tf.Tensor4D;
    const drawn = drawSigns(asMap('stochastic.x'), asMap('stochastic.u'));
    golden.compare('stochastic.y', tf.reshape(drawn, [-1]), exact);
    golden.compare('stochastic.p', probabilityOfOne(golden.raw('stochastic.x')), relative);
  });
  // The layer of the file has identity gradients on both sides: without the activation's mask.
  const identity = { name: 'identity', derivative: (x: tf.Tensor) => tf.onesLike(x) };
  const unmasked: Method = { ...methods.bnn, activation: signActivation({ ...activation.parts, estimator: identity }) };
  for (const prefix of golden.cases('w').filter((name) => name.startsWith('conv'))) {
    compareConv(golden, prefix, unmasked);
  }
  const build: Build = (g, prefix) => {
    const { kernelSize: _, ...options } = convOptions(g, `${prefix}.p.w1`, `${prefix}.x`, `${prefix}.grad_out`);
    return new ResidualBlock(new ModuleBuilder({ plan: 'bnn' }), options);
  };
  const rename = (name: string) => name.replace(/^conv(\d).weight$/, 'w$1').replace('variance', 'var');
  for (const prefix of golden.cases('p.w1')) compareBlock(golden, prefix, build, rename);
});
