import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { registerGradients, tf, valueAndGradients } from '@onebit/ops';
import { beforeAll, expect, test } from 'vitest';
import { BatchNorm } from './layers/batch-norm.js';
import { Sequential } from './layers/sequential.js';
import { type ForwardContext, Module } from './module.js';

beforeAll(() => registerGradients());

/** Noise from the context's random numbers, then batch normalisation of it, on top of the input. */
class NoisyBlock extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly norm = this.child('norm', new BatchNorm({ channels: 2 }));

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const noise = Float32Array.from({ length: x.size }, () => context.random?.normal() ?? 0);
    const y = this.norm.forward(tf.mul(x, tf.tensor(noise, x.shape)), context);
    return this.tapped(tf.add(tf.tanh(y), x) as tf.Tensor4D, context);
  }
}

/** Loss, gradients, running statistics and the next random number of a step; how often the blocks ran. */
function step(context: Pick<ForwardContext, 'recompute' | 'tap'>) {
  const model = new Sequential([new NoisyBlock(), new NoisyBlock()]);
  const random = new Random(5);
  const images = tf.randomNormal([2, 3, 3, 2], 0, 1, 'float32', 7) as tf.Tensor4D;
  const parameters = model.namedParameters();
  const before = tf.memory().numBytes;
  let kept = 0;
  const { value, gradients } = valueAndGradients(
    () => {
      const y = tf.tidy(() => model.forward(images, { training: true, random, ...context }));
      kept = tf.memory().numBytes - before;
      return tf.mean(tf.square(y)) as tf.Scalar;
    },
    parameters.map(([, { variable }]) => variable),
  );
  const numbers = {
    loss: value.dataSync(),
    gradients: parameters.map(([name, { variable }]) => [name, gradients.get(variable)!.dataSync()]),
    statistics: model.namedBuffers().map(([name, variable]) => [name, variable.dataSync()]),
    next: random.normal(),
  };
  tf.dispose([value, images, ...gradients.values()]);
  model.dispose();
  return { numbers, kept };
}

test('recomputed blocks: the same noise, running statistics that move once, less kept', () => {
  const [plain, recomputed] = [step({}), step({ recompute: true })];
  expect(recomputed.numbers).toEqual(plain.numbers);
  expect(recomputed.kept).toBeLessThan(plain.kept);
});

test('a tap hears every layer once, so nothing is recomputed', () => {
  const heard: string[] = [];
  const { numbers, kept } = step({ recompute: true, tap: (name) => heard.push(name) });
  expect(heard).toEqual(['0.norm', '0', '1.norm', '1', '']);
  expect(numbers).toEqual(step({}).numbers);
  expect(kept).toBe(step({ tap: () => undefined }).kept);
});
