import { type SoftInterval, softCurve, softLevels, tf } from '@onebit/ops';
import { goldenMethod, relative } from '../golden-method.js';
import type { Golden } from '../golden-module.js';

function intervalOf(golden: Golden, prefix: string): SoftInterval {
  const number = (part: string) => golden.raw(`${prefix}.${part}`);
  return { lower: number('l'), upper: number('u'), alpha: number('alpha') };
}

/** The two-level output, forward and backward in x and the three trained numbers. */
function compareLevels(golden: Golden, prefix: string): void {
  tf.tidy(() => {
    const x = golden.raw(`${prefix}.x`);
    const quantize = (t: tf.Tensor, lower: tf.Tensor, upper: tf.Tensor, alpha: tf.Tensor) =>
      softLevels(t, { lower, upper, alpha });
    const { lower, upper, alpha } = intervalOf(golden, prefix);
    golden.compare(`${prefix}.y`, quantize(x, lower, upper, alpha), relative);
    const gradients = tf.grads(quantize)([x, lower, upper, alpha], golden.raw(`${prefix}.grad_out`));
    ['grad_x', 'grad_l', 'grad_u', 'grad_alpha'].forEach((name, i) => {
      golden.compare(`${prefix}.${name}`, gradients[i], relative);
    });
  });
}

goldenMethod('dsq', (golden) => {
  for (const prefix of golden.cases('y')) compareLevels(golden, prefix);
  // By the README's order a curve belongs to the interval of the same letter.
  for (const prefix of golden.cases('phi')) {
    tf.tidy(() => {
      const interval = intervalOf(golden, prefix.replace('phi', 'quant'));
      const curve = softCurve(golden.raw(`${prefix}.x`), interval);
      golden.compare(`${prefix}.phi`, tf.clipByValue(curve, -1, 1), relative);
    });
  }
});
