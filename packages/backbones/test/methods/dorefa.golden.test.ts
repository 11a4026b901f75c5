import { type ActivationBinarizer, ModuleBuilder, methods } from '@onebit/nn';
import { binarizeWeight, tf } from '@onebit/ops';
import { bitLevels, toBits, unitActivation } from '../../../nn/src/binarizers/uniform-levels.js';
import { isSignWeight } from '../../../nn/src/methods/options.js';
import { ResidualBlock } from '../../src/block.js';
import { activationValue } from '../activation-value.js';
import { type Build, compareBlock, convOptions, exact, goldenMethod, relative } from '../golden-method.js';
import type { Golden } from '../golden-module.js';

/** Cases are named by their bits: `act_k2`. */
const bitsOf = (prefix: string) => Number(prefix.split('_k')[1]);

function compareActivation(golden: Golden, prefix: string, binarizer: ActivationBinarizer): void {
  tf.tidy(() => {
    const x = golden.raw(`${prefix}.x`);
    golden.compare(`${prefix}.y`, activationValue(binarizer, x), exact);
    const gradient = tf.grad((t) => activationValue(binarizer, t))(x, golden.raw(`${prefix}.grad_out`));
    golden.compare(`${prefix}.grad_x`, gradient, relative);
  });
}

function compareWeight(golden: Golden, prefix: string): void {
  const bits = bitsOf(prefix);
  const { weight } = methods.dorefa;
  const quantized = (w: tf.Tensor) =>
    bits === 1 && isSignWeight(weight) ? binarizeWeight(w, weight.quantizer(1)) : toBits(w, bits);
  tf.tidy(() => {
    const w = golden.parameter(`${prefix}.w`);
    golden.compareParameter(`${prefix}.wq`, quantized(w), relative);
    golden.compareParameter(
      `${prefix}.grad_w`,
      tf.grad(quantized)(w, golden.parameter(`${prefix}.grad_out`)),
      relative,
    );
  });
}

goldenMethod('dorefa', (golden) => {
  for (const prefix of golden.cases('y').filter((name) => name.startsWith('act'))) {
    compareActivation(golden, prefix, unitActivation(bitLevels(bitsOf(prefix))));
  }
  for (const prefix of golden.cases('wq')) compareWeight(golden, prefix);
  const build: Build = (g, prefix) => {
    const { kernelSize: _, ...options } = convOptions(g, `${prefix}.p.w1`, `${prefix}.x`, `${prefix}.grad_out`);
    return new ResidualBlock(new ModuleBuilder({ plan: 'dorefa' }), options);
  };
  const rename = (name: string) => name.replace(/^conv(\d).weight$/, 'w$1').replace('variance', 'var');
  for (const prefix of golden.cases('p.w1')) compareBlock(golden, prefix, build, rename);
});
