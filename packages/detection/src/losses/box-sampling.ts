import { OnebitError, Random } from '@onebit/common';
import { gather, type Reading, read, smoothL1, smoothL1Rows, tf } from '@onebit/ops';

/** Standard normal noise `[B * P, 4]`, or where to draw it from. */
export type BoxNoise = Float32Array | Random;

/**
 * Box offsets as BiDet samples them: l = m + scale * exp(v / 2) * e with e ~ N(0, 1), for predictions that hold log-variances v in columns 0-3 and means m in
 * columns 4-7 (bidet.md section 7). With scale 0, or without log-variances, l is the mean.
 */
export class SampledBoxes {
  readonly #loc: tf.Tensor2D;
  readonly #columns: number;
  readonly #scale: number;
  readonly #noise?: Float32Array;

  /** @param loc `[B * P, 4 | 8]` */
  constructor(loc: tf.Tensor2D, scale: number, noise?: BoxNoise) {
    this.#loc = loc;
    this.#columns = loc.shape[1];
    this.#scale = this.#columns === 8 ? scale : 0;
    if (this.#scale === 0) return;
    if (noise === undefined) {
      throw new OnebitError('ERR_USAGE', `ssdLoss: sampling boxes with scale ${scale} needs noise; pass a Random`);
    }
    this.#noise = noise instanceof Random ? drawNormal(noise, loc.shape[0] * 4) : noise;
  }

  /** Sampled offsets of some rows, `[rows, 4]`, with gradient to means and log-variances. */
  rows(indices: Int32Array): tf.Tensor2D {
    const picked = gather(this.#loc, tf.tensor1d(indices, 'int32'), 0) as tf.Tensor2D;
    if (this.#columns === 4) return picked;
    const count = indices.length;
    const means = tf.slice(picked, [0, 4], [count, 4]);
    const noise = this.#noise;
    if (noise === undefined) return means;
    const scaled = new Float32Array(count * 4);
    for (let i = 0; i < scaled.length; i++) scaled[i] = this.#scale * noise[indices[i >> 2] * 4 + (i & 3)];
    const deviations = tf.exp(tf.mul(tf.slice(picked, [0, 0], [count, 4]), 0.5));
    return tf.add(means, tf.mul(deviations, tf.tensor2d(scaled, [count, 4])));
  }

  /** Sum of smooth L1 between the sampled offsets of some rows and those wanted, `[rows, 4]`. */
  distance(indices: Int32Array, wanted: tf.Tensor2D): tf.Scalar {
    if (this.#noise === undefined) return smoothL1Rows(this.#loc, indices, wanted, this.#columns - 4);
    return tf.sum(smoothL1(tf.sub(this.rows(indices), wanted)));
  }

  /** Values of the sampled offsets of some rows, outside the tape. */
  *valuesOf(indices: Int32Array): Reading<Float32Array> {
    if (indices.length === 0) return new Float32Array(0);
    const offsets = tf.tidy(() => this.rows(indices));
    const values = yield* read(offsets);
    offsets.dispose();
    return values;
  }
}

function drawNormal(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}
