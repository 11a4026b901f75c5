import { tf } from '@onebit/ops';
import { checkAlike } from './rows.js';

/**
 * Half the mean squared difference of two feature maps of one shape: `1/2 |student - teacher|^2` over the number of entries, so that its weight need not
 * follow the size of the layer. The hint of guided training (Zhuang et al. 2018, arXiv 1711.00205), where gradients reach both networks.
 */
export function featureHint(student: tf.Tensor, teacher: tf.Tensor): tf.Scalar {
  checkAlike('featureHint', student, teacher);
  return tf.mul(tf.mean(tf.squaredDifference(student, teacher)), 0.5);
}
