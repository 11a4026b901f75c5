import { shapeError } from '@onebit/common';
import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** Probabilities that {@link pickedEntropy} sums over, `[K]` each. */
export interface Picks {
  /** Rows of the logits; one may come several times. */
  readonly rows: Int32Array;
  /** Class in that row. */
  readonly columns: Int32Array;
  /** What the probability is divided by. */
  readonly totals: Float32Array;
  /** Weight of the term. */
  readonly weights: Float32Array;
}

/**
 * Sum over k of `weights[k] q ln q` with `q = softmax(logits[rows[k]])[columns[k]] / totals[k]`, a scalar: entropies of groups of probabilities, normalised
 * by totals that are constants. With gradient to the logits; no q may be 0.
 * @param logits `[N, C]`
 */
export function pickedEntropy(logits: tf.Tensor2D, { rows, columns, totals, weights }: Picks): tf.Scalar {
  for (const [name, { length }] of Object.entries({ columns, totals, weights })) {
    if (length !== rows.length) throw shapeError('pickedEntropy', name, `[${rows.length}]`, [length]);
  }
  const inputs = {
    logits,
    rows: tf.tensor1d(rows, 'int32'),
    columns: tf.tensor1d(columns, 'int32'),
    totals: tf.tensor1d(totals),
    weights: tf.tensor1d(weights),
  };
  return runOp(pickedEntropyOp, inputs, {})[0] as tf.Scalar;
}

/** {@link pickedEntropy} as an op. */
export const pickedEntropyOp: Op = {
  name: 'PickedEntropy',
  portable(inputs) {
    const { q } = quotients(inputs);
    return tf.sum(tf.mul(tf.mul(q, tf.log(q)), inputs.weights));
  },
  gradient: {
    inputs: ['logits', 'rows', 'columns', 'totals', 'weights'],
    backward: (dy, [logits, rows, columns, totals, weights]) => ({
      logits: () => runOp(pickedEntropyGradient, { dy, logits, rows, columns, totals, weights }, {})[0],
      rows: () => tf.zeros(rows.shape),
      columns: () => tf.zeros(columns.shape),
      totals: () => tf.zeros(totals.shape),
      weights: () => tf.zeros(weights.shape),
    }),
  },
};

/** dLogits `[N, C]`: with g = dy weight (ln q + 1) q, row rows[k] gets g (one-hot(columns[k]) - softmax) for every k. */
export const pickedEntropyGradient: Op = {
  name: 'PickedEntropyGradient',
  portable({ dy, ...inputs }) {
    const { q, probabilities, hit } = quotients(inputs);
    const g = tf.mul(tf.mul(dy, inputs.weights), tf.mul(tf.add(tf.log(q), 1), q));
    const ofRows = tf.mul(tf.sub(hit, probabilities), tf.reshape(g, [-1, 1]));
    return tf.unsortedSegmentSum(ofRows, inputs.rows as tf.Tensor1D, inputs.logits.shape[0]);
  },
};

function quotients({ logits, rows, columns, totals }: Record<string, tf.Tensor>) {
  const [picks, classes] = [rows.size, logits.shape[1]!];
  const probabilities = tf.softmax(tf.gather(logits, rows as tf.Tensor1D));
  const hit = tf.cast(tf.equal(tf.reshape(columns, [picks, 1]), tf.range(0, classes, 1, 'int32')), 'float32');
  return { q: tf.div(tf.sum(tf.mul(probabilities, hit), 1), totals), probabilities, hit };
}
