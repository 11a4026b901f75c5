import { tf } from '@onebit/ops';
import { bayesianFeatureLoss, bayesianKernelLoss } from '../../../nn/src/binarizers/bayesian-sign.js';
import { goldenMethod, relative } from '../golden-method.js';

/** nu of the file, by its README. */
const nu = 0.01;

goldenMethod('bonn', (golden) => {
  tf.tidy(() => {
    const w = golden.parameter('kernel.w');
    const given = ['scale', 'mu_p', 'mu_n', 'var_p', 'var_n'].map((name) => golden.raw(`kernel.${name}`));
    const loss = (latent: tf.Tensor, ...[scale, mup, mun, varp, varn]: tf.Tensor[]) =>
      bayesianKernelLoss(
        latent,
        scale,
        { positiveMean: mup, negativeMean: mun, positiveVariance: varp, negativeVariance: varn },
        nu,
      );
    golden.compare('kernel.loss', loss(w, ...given), relative);
    const gradients = tf.grads(loss)([w, ...given]);
    for (const [i, name] of ['w', 'scale', 'mu_p', 'mu_n', 'var_p', 'var_n'].entries()) {
      golden.compareParameter(`kernel.grad_${name}`, gradients[i], relative);
    }
  });
  tf.tidy(() => {
    const names = ['f', 'c', 'var'];
    const given = names.map((name) => golden.raw(`feature.${name}`));
    const loss = (...[f, c, v]: tf.Tensor[]) => bayesianFeatureLoss(f, c, v);
    golden.compare('feature.loss', loss(...given), relative);
    for (const [i, gradient] of tf.grads(loss)(given).entries()) {
      golden.compare(`feature.grad_${names[i]}`, gradient, relative);
    }
  });
});
