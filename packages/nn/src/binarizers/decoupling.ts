import { tf } from '@onebit/ops';

/** Half the distance between the two thresholds of a ternary activation, 1/4 and 3/4. */
const quarter = 0.25;

/**
 * BinaryDuo's decoupling (Kim et al. 2020): every ternary activation becomes two binary ones, [z >= 3/4] for the first copy of the channels and [z >= 1/4] for the second, of which it is the mean.
 * This gives the shifts `[2 C]` of the batch normalisation in front, from its `beta` `[C]`; its other vectors are repeated.
 */
export function decoupledShift(beta: tf.Tensor1D): tf.Tensor1D {
  return tf.concat([tf.sub(beta, quarter), tf.add(beta, quarter)]) as tf.Tensor1D;
}

/** A vector of a normalisation, `[C]`, for both copies of its channels, `[2 C]`. */
export function repeated(vector: tf.Tensor1D): tf.Tensor1D {
  return tf.concat([vector, vector]);
}

/** The filters behind, `[kh, kw, C, out]` to `[kh, kw, 2 C, out]`: half the weights for each copy, so that sums stay equal. With one scale mean |w| for the layer they do so too when the weights are binary. */
export function decoupledFilter(filter: tf.Tensor4D): tf.Tensor4D {
  const half = tf.div<tf.Tensor4D>(filter, 2);
  return tf.concat([half, half], 2);
}
