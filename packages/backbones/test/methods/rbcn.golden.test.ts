import { tf } from '@onebit/ops';
import { rectifiedKernelLoss, rectifiedSigns } from '../../../nn/src/binarizers/rectified-sign.js';
import { exact, goldenMethod, relative } from '../golden-method.js';

/** lambda_1 of the file, by its README. */
const strength = 0.01;

goldenMethod(
  'rbcn',
  (golden) => {
    tf.tidy(() => {
      const w = golden.parameter('kernel.w') as tf.Tensor4D;
      const matrix = golden.parameter('kernel.c');
      const signs = rectifiedSigns(w);
      golden.compareParameter('kernel.wb', signs, exact);
      golden.compareParameter('kernel.effective', tf.mul(matrix, signs), relative);
      const loss = (b: tf.Tensor, c: tf.Tensor) => tf.mul(rectifiedKernelLoss(w, b, c), strength);
      golden.compare('kernel.loss', loss(signs, matrix), relative);
      const [atSigns, atMatrix] = tf.grads(loss)([signs, matrix]);
      golden.compareParameter('kernel.loss_grad_wb', atSigns, relative);
      golden.compareParameter('kernel.loss_grad_c', atMatrix, relative);
      const upstream = golden.parameter('task.grad_effective');
      const task = (a: tf.Tensor, c: tf.Tensor) =>
        tf.sum(tf.mul(tf.mul(c, rectifiedSigns(a as tf.Tensor4D)), upstream));
      const [atW, atC] = tf.grads(task)([w, matrix]);
      golden.compareParameter('task.grad_w', atW, relative);
      golden.compareParameter('task.grad_c', atC, relative);
    });
  },
  // Discriminators belong to @onebit/training.
  /^adv\./,
);
