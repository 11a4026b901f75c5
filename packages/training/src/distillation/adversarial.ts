import { tf } from '@onebit/ops';
import { checkAlike } from './rows.js';

/**
 * What RBCN's discriminators maximise, of each sample (Liu et al. 2019, arXiv 1908.07748, eq. 3): `log D(R) + log(1 - D(T))`, for the probability that feature maps of the float network (`real`) and of
 * the binary one (`fake`), both `[N]` in (0, 1), are of the float one.
 */
export function adversarialValue(real: tf.Tensor1D, fake: tf.Tensor1D): tf.Tensor1D {
  checkAlike('adversarialValue', real, fake);
  return tf.add(tf.log(real), tf.log(tf.sub(1, fake)));
}

/**
 * What the binary network minimises of each sample: `(1 - D(T))^2`. The gradient that the authors print is that of this least-squares form and not of the logarithm that they name.
 * @param fake `[N]`, as in {@link adversarialValue}
 */
export function adversarialGap(fake: tf.Tensor1D): tf.Tensor1D {
  return tf.square(tf.sub(1, fake));
}
