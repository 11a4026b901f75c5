import '@tensorflow/tfjs-backend-cpu';
import { methods } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../../test/golden.js';
import { eachBackEnd } from '../../../tfjs-backend-native/test/back-ends.js';
import { activationValue } from '../activation-value.js';
import { exact, relative } from '../golden-method.js';
import { Golden } from '../golden-module.js';

const kind = 'methods/binaryduo.safetensors';

// The rest of the file belongs to BinaryDuo.
eachBackEnd(
  (start) => {
    test.skipIf(!hasGolden(kind))(`ternary activations of ${kind}`, async () => {
      await start();
      const golden = new Golden(goldenFile(kind));
      tf.tidy(() => {
        const x = golden.raw('act_ternary.x');
        const value = (t: tf.Tensor) => activationValue(methods.ternary.activation, t);
        golden.compare('act_ternary.y', value(x), exact);
        golden.compare('act_ternary.grad_x', tf.grad(value)(x, golden.raw('act_ternary.grad_out')), relative);
      });
      expect(golden.count).toBeGreaterThan(0);
      compared(kind, golden.count);
    });
  },
  ['cpu', 'native'],
);
