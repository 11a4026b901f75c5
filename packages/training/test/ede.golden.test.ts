import { tf } from '@onebit/ops';
import { describe } from 'vitest';
import { ede } from '../../nn/src/binarizers/ede.js';
import { powerOfTwoScales, standardizeFilters } from '../../nn/src/binarizers/libra.js';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { type GoldenTensors, golden } from '../../tfjs-backend-native/test/golden-tensors.js';

/** The README's tolerances for float32. */
const values = { tolerance: 1e-5, absolute: 1e-6 };
const gradients = { tolerance: 1e-4, absolute: 1e-6 };

/** IR-Net's gradient at each epoch of the short run. */
function checkEde(g: GoldenTensors): void {
  const x = g.tensor('ede_x');
  const slopes = [...g.tensor('ede_short_t').dataSync()].map((t) => ede(t).derivative(x));
  g.compare('ede_grad', tf.stack(slopes), g.tensor('ede_grad'), gradients);
}

/** IR-Net's weights. */
function checkLibra(g: GoldenTensors): void {
  const standardized = standardizeFilters(g.filter('libra_w'));
  g.compare('libra_standardized', standardized, g.filter('libra_standardized'), values);
  const scales = powerOfTwoScales(standardized);
  const exponents = tf.reshape(g.tensor('libra_shift'), scales.shape);
  g.compare('libra_shift', scales, tf.pow(2, exponents), values);
  const signs = tf.sub(tf.mul(tf.cast(tf.greaterEqual(standardized, 0), 'float32'), 2), 1);
  g.compare('libra_w_bin', tf.mul(signs, scales), g.filter('libra_w_bin'), values);
}

describe("golden vectors of IR-Net's schedule", () => {
  eachBackEnd(
    (start) => {
      golden('training/schedules.safetensors', start, (g) => {
        checkEde(g);
        checkLibra(g);
      });
    },
    ['cpu', 'native'],
  );
});
