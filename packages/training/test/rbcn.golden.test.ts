import { tf } from '@onebit/ops';
import { describe } from 'vitest';
import { rectifiedKernelLoss, rectifiedSigns } from '../../nn/src/binarizers/rectified-sign.js';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { type GoldenTensors, golden } from '../../tfjs-backend-native/test/golden-tensors.js';
import { adversarialGap, adversarialValue } from '../src/index.js';

/** The README's tolerances for float32. */
const values = { tolerance: 1e-5, absolute: 1e-6 };
const gradients = { tolerance: 1e-4, absolute: 1e-6 };

/** Kernel loss with its gradients, and both halves of the adversarial loss. */
function checkAll(g: GoldenTensors): void {
  const [w, matrix] = [g.filter('w'), g.filter('C')];
  const strength = g.tensor('lambda1');
  const signs = rectifiedSigns(w);
  g.compare('w_hat', signs, g.filter('w_hat'), values);
  const loss = (b: tf.Tensor, c: tf.Tensor) => tf.mul(rectifiedKernelLoss(w, b, c), strength) as tf.Scalar;
  g.compare('kernel_loss', loss(signs, matrix), g.tensor('kernel_loss'), values);
  const [atSigns, atMatrix] = tf.grads(loss)([signs, matrix]);
  g.compare('grad_w_hat', atSigns, g.filter('grad_w_hat'), gradients);
  g.compare('grad_C', atMatrix, g.filter('grad_C'), gradients);
  const slope = tf.grad((latent) => rectifiedSigns(latent as tf.Tensor4D))(w);
  g.compare('ste', slope, g.filter('ste'), gradients);
  g.compare('grad_w', tf.mul(atSigns, slope), g.filter('grad_w'), gradients);
  const [real, fake] = ['disc_real', 'disc_fake'].map((name) => g.tensor(name) as tf.Tensor1D);
  g.compare('adv_value_log', adversarialValue(real, fake), g.tensor('adv_value_log'), values);
  g.compare('adv_generator_least_squares', adversarialGap(fake), g.tensor('adv_generator_least_squares'), values);
  const atFake = tf.grad((t) => adversarialGap(t as tf.Tensor1D))(fake);
  g.compare('adv_generator_grad', atFake, g.tensor('adv_generator_grad'), gradients);
}

describe('golden vectors of RBCN', () => {
  eachBackEnd(
    (start) => {
      golden('training/rbcn.safetensors', start, checkAll);
      golden('methods/rbcn.safetensors', start, (g) => {
        const [real, fake] = ['adv.d_real', 'adv.d_fake'].map((name) => g.tensor(name) as tf.Tensor1D);
        g.compare('adv.loss', tf.mean(adversarialValue(real, fake)), g.tensor('adv.loss'), values);
      });
    },
    ['cpu', 'native'],
  );
});
