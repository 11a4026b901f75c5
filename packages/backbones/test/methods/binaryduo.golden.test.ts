import { methods } from '@onebit/nn';
import { batchNormInference, binarizeWeight, conv2d, tf } from '@onebit/ops';
import { decoupledFilter, decoupledShift, repeated } from '../../../nn/src/binarizers/decoupling.js';
import { activationValue } from '../activation-value.js';
import { exact, goldenMethod, relative } from '../golden-method.js';
import type { Golden } from '../golden-module.js';

const cases = { act_binary: methods.binaryduo, act_ternary: methods['binaryduo-coupled'] };

function compareActivations(golden: Golden): void {
  for (const [prefix, { activation }] of Object.entries(cases)) {
    tf.tidy(() => {
      const x = golden.raw(`${prefix}.x`);
      const value = (t: tf.Tensor) => activationValue(activation, t);
      golden.compare(`${prefix}.y`, value(x), exact);
      golden.compare(`${prefix}.grad_x`, tf.grad(value)(x, golden.raw(`${prefix}.grad_out`)), relative);
    });
  }
}

/** The same sums before and after one layer is decoupled. */
function compareDecoupling(golden: Golden): void {
  const vector = (name: string) => golden.raw(`decouple.p.bn.${name}`) as tf.Tensor1D;
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'var'].map(vector);
  const x = golden.map('decouple.x');
  const w = golden.parameter('decouple.p.w') as tf.Tensor4D;
  const coupled = batchNormInference(x, mean, variance, gamma, beta, { epsilon: 1e-5 });
  const ternary = activationValue(cases.act_ternary.activation, coupled) as tf.Tensor4D;
  golden.compareMap('decouple.ternary', ternary, exact);
  const [twoMean, twoVariance, twoGamma] = [mean, variance, gamma].map(repeated);
  const twice = tf.concat([x, x], 3);
  const shifted = batchNormInference(twice, twoMean, twoVariance, twoGamma, decoupledShift(beta), { epsilon: 1e-5 });
  const bits = activationValue(cases.act_binary.activation, shifted) as tf.Tensor4D;
  golden.compareMap('decouple.binary', bits, exact);
  const doubled = decoupledFilter(w);
  golden.compareParameter('decouple.w2', doubled, relative);
  const { weight } = methods.binaryduo;
  const signs = (filter: tf.Tensor4D) => binarizeWeight(filter, weight.quantizer(1));
  golden.compareMap('decouple.y', conv2d(ternary, signs(w), { padding: 1 }), relative);
  golden.compareMap('decouple.y', conv2d(bits, signs(doubled), { padding: 1 }), relative);
}

goldenMethod('binaryduo', (golden) => {
  compareActivations(golden);
  tf.tidy(() => compareDecoupling(golden));
});
