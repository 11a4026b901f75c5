// A model that learns in seconds, for tests of the loop; plain JavaScript, because child processes run it without a compiler.
import { hashSeed, Random } from '@onebit/common';
import { BatchNorm, Module, ModuleBuilder } from '@onebit/nn';
import { registerGradients, tf } from '@onebit/ops';
import '@tensorflow/tfjs-backend-cpu';

registerGradients();

const size = 4;
const classes = 3;

/** Float stem, binary block with a shortcut, mean over the image, linear output; dropout makes use of the run's random numbers. */
export class TinyModel extends Module {
  constructor({ seed = 1, channels = 6, plan = [{ match: 'binary', precision: 'bnn' }] } = {}) {
    super();
    const builder = new ModuleBuilder({ seed, plan });
    this.stem = this.child('stem', builder.conv('stem', { inChannels: 2, outChannels: channels, kernelSize: 3 }));
    this.norm1 = this.child('norm1', new BatchNorm({ channels }));
    this.binary = this.child(
      'binary',
      builder.conv('binary', { inChannels: channels, outChannels: channels, kernelSize: 3 }),
    );
    this.norm2 = this.child('norm2', new BatchNorm({ channels }));
    this.out = this.child('out', builder.linear('out', { inChannels: channels, outChannels: classes }));
    builder.finish(this);
  }

  forward(images, context) {
    const stem = this.norm1.forward(this.stem.forward(images, context), context);
    const sum = tf.add(stem, this.norm2.forward(this.binary.forward(stem, context), context));
    const pooled = tf.mean(tf.relu(sum), [1, 2]);
    return this.out.forward(dropout(pooled, context), context);
  }
}

function dropout(x, { training, random }) {
  if (!training || random === undefined) return x;
  const mask = Float32Array.from({ length: x.size }, () => (random.chance(0.1) ? 0 : 1 / 0.9));
  return tf.mul(x, tf.tensor(mask, x.shape));
}

/** Stripes across, stripes down, or a blob, with noise; image k of batch n is the same whoever asks. */
export function makeBatch(number, batchSize = 6) {
  const random = new Random(hashSeed(99, 'batch', number));
  const images = new Float32Array(batchSize * size * size * 2);
  const labels = new Int32Array(batchSize);
  for (let i = 0, at = 0; i < batchSize; i++) {
    const label = random.int(classes);
    labels[i] = label;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++, at += 2) {
        const value = label === 0 ? y % 2 : label === 1 ? x % 2 : Number(x > 0 && y > 0 && x < 3 && y < 3);
        images[at] = value + random.normal(0, 0.1);
        images[at + 1] = random.normal(0, 0.1);
      }
    }
  }
  return { ids: Array.from(labels, (_, i) => `${number}/${i}`), images, labels };
}

export async function* batches(startStep) {
  for (let number = startStep; ; number++) yield makeBatch(number);
}

export function lossOf(model) {
  return (batch, context) => {
    const logits = model.forward(tf.tensor4d(batch.images, [batch.labels.length, size, size, 2]), context);
    const oneHot = tf.cast(tf.oneHot(tf.tensor1d(batch.labels, 'int32'), classes), 'float32');
    const entropy = tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), oneHot), 1)));
    const decay = tf.mul(tf.mean(tf.square(logits)), 1e-3);
    return { total: tf.add(entropy, decay), terms: { entropy, decay } };
  };
}

/** Accuracy on batches that training never sees. */
export async function evaluate(model, { limit = 60 } = {}) {
  const batch = makeBatch(1_000_000, limit);
  const predicted = tf.tidy(() =>
    tf.argMax(model.forward(tf.tensor4d(batch.images, [limit, size, size, 2]), { training: false }), 1).dataSync(),
  );
  return { accuracy: batch.labels.filter((label, i) => label === predicted[i]).length / limit };
}

/** Options of a run that learns; spread over it what a test is about. */
export function tinyRun(output, overrides = {}, model = new TinyModel()) {
  return {
    model,
    lossOf: lossOf(model),
    batches,
    evaluate,
    steps: 50,
    optimizer: { kind: 'adam' },
    schedule: { kind: 'cosine', rate: 0.02, warmup: { steps: 5 } },
    seed: 3,
    output,
    logEvery: 1,
    statisticsEvery: 10,
    checkpointEvery: 10,
    ...overrides,
  };
}
