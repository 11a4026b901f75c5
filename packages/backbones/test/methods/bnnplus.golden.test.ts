import { BatchNorm, BinaryConv2d, type Method, methods, Sequential } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { regularizers } from '../../../nn/src/binarizers/regularized-sign.js';
import { swish, swishSign } from '../../../nn/src/binarizers/swish.js';
import { type Build, compareActivation, compareBlock, convOptions, goldenMethod, relative } from '../golden-method.js';
import type { Golden } from '../golden-module.js';

/** Cases are named by their sharpness: `act_beta5`. */
const sharpnessOf = (prefix: string) => Number(prefix.split('_beta')[1]);

/** Both regularizers with their gradients. */
function compareRegularizers(golden: Golden): void {
  for (const [name, regularizer] of Object.entries(regularizers)) {
    tf.tidy(() => {
      const w = golden.parameter('reg.w');
      const alpha = tf.reshape(golden.raw('reg.alpha'), [-1]);
      golden.compare(`reg.${name}`, regularizer(w, alpha), relative);
      const [atW, atAlpha] = tf.grads((a: tf.Tensor, b: tf.Tensor) => regularizer(a, b))([w, alpha]);
      golden.compareParameter(`reg.${name}_grad_w`, atW, relative);
      golden.compareParameter(`reg.${name}_grad_alpha`, atAlpha, relative);
    });
  }
}

goldenMethod('bnnplus', (golden) => {
  for (const prefix of golden.cases('y').filter((name) => name.startsWith('act'))) {
    const estimator = swish(sharpnessOf(prefix));
    compareActivation(golden, prefix, { ...methods.bnnplus.activation.quantizer(1), estimator });
  }
  for (const prefix of golden.cases('y').filter((name) => name.startsWith('surrogate'))) {
    tf.tidy(() => {
      golden.compare(`${prefix}.y`, swishSign(golden.raw(`${prefix}.x`), sharpnessOf(prefix)), relative);
    });
  }
  compareRegularizers(golden);
  const method: Method = methods.bnnplus;
  const build: Build = (g, prefix) => {
    const options = convOptions(g, `${prefix}.p.w`, `${prefix}.x`, `${prefix}.grad_out`);
    const conv = new BinaryConv2d({ ...options, method }, { seed: 0, path: '' });
    return new Sequential([conv, new BatchNorm({ channels: options.outChannels })]);
  };
  const names: Record<string, string> = { '0.weight': 'w', '0.alpha': 'alpha', '1.variance': 'bn.var' };
  const rename = (name: string) => names[name] ?? name.replace('1.', 'bn.');
  for (const prefix of golden.cases('p.w')) compareBlock(golden, prefix, build, rename);
});
