import { tf } from '@onebit/ops';

/** What the search of LWS-Det makes of its logits, each of the shape of the weights. */
export interface SearchedWeights {
  /** Probability of +1. */
  readonly plus: tf.Tensor;
  /** `p(+1) - p(-1)`, in which the loss is differentiable. */
  readonly relaxed: tf.Tensor;
  /** The likelier of -1 and +1; +1 where both are equally so. */
  readonly hard: tf.Tensor;
}

/** Weights from search logits `[2, ...]`, -1 first (Xu et al. 2021, "Layer-wise Searching for 1-bit Detectors", CVPR). */
export function searchedWeights(logits: tf.Tensor): SearchedWeights {
  const [minus, plus] = tf.unstack(logits);
  const probability = tf.sigmoid(tf.sub(plus, minus)); // the softmax of two
  const hard = tf.sub(tf.mul(tf.cast(tf.greaterEqual(plus, minus), 'float32'), 2), 1);
  return { plus: probability, relaxed: tf.sub(tf.mul(probability, 2), 1), hard };
}

/** A convolution that the search compares: what went in, what it was convolved with, what came out `[N, H, W, O]`. */
export interface Response {
  readonly input: tf.Tensor;
  readonly weight: tf.Tensor;
  readonly output: tf.Tensor4D;
}

/** `|y / (|a| |w|) - y' / (|a'| |w'|)|^2` with the L2 norms of whole tensors: how much the directions of real and binary convolution differ. */
export function angularLoss(real: Response, binary: Response): tf.Scalar {
  return tf.sum(tf.squaredDifference(directed(real), directed(binary)));
}

/** `|y - scale y'|^2`, `scale` `[O]` one number for each output channel. */
export function amplitudeLoss(real: tf.Tensor4D, binary: tf.Tensor4D, scale: tf.Tensor1D): tf.Scalar {
  return tf.sum(tf.squaredDifference(real, tf.mul(binary, scale)));
}

/** The scale `[O]` where {@link amplitudeLoss} is least, `sum y y' / sum y'^2`: a good start for a trained one. 0 for channels without any response. */
export function bestAmplitude(real: tf.Tensor4D, binary: tf.Tensor4D): tf.Tensor1D {
  const axes = [0, 1, 2];
  return tf.divNoNan(tf.sum(tf.mul(real, binary), axes), tf.sum(tf.square(binary), axes)) as tf.Tensor1D;
}

function directed({ input, weight, output }: Response): tf.Tensor4D {
  const norm = (x: tf.Tensor) => tf.sqrt(tf.sum(tf.square(x)));
  return tf.div(output, tf.mul(norm(input), norm(weight)));
}
