import { Random } from '@onebit/common';
import { batchNormTrain, binaryConv2d, estimators, registerGradients, tf, valueAndGradients } from '@onebit/ops';
import { beforeAll, expect, test } from 'vitest';
import { registerNativeBackend } from '../src/register.js';

beforeAll(async () => {
  registerNativeBackend();
  await tf.setBackend('native');
  registerGradients();
});

const shape: [number, number, number, number] = [2, 20, 20, 40];
const bytesOf = ([n, h, w, c]: readonly number[]) => 4 * n * h * w * c;

function variable(shape: number[], random: Random): tf.Variable {
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
  return tf.tidy(() => tf.variable(tf.tensor(values, shape)));
}

/** Two binary convolutions with what follows them in a network; `seen` hears how many bytes are in use once the scopes of both are closed. */
function network(variables: readonly tf.Variable[], images: tf.Tensor4D, seen: (bytes: number) => void): tf.Scalar {
  let y: tf.Tensor4D = images;
  for (let layer = 0; layer < 2; layer++) {
    const [w, gamma, beta] = variables.slice(3 * layer);
    y = tf.tidy(() => {
      const sums = binaryConv2d(y, w as unknown as tf.Tensor4D, {
        padding: 'same',
        padValue: -1,
        activation: { levels: 'pm1', estimator: estimators.clip, signOfZero: 1 },
        weight: { scale: 'filter-mean', gradient: 'clip', signOfZero: 1 },
      });
      const vectors = [gamma, beta] as unknown as [tf.Tensor1D, tf.Tensor1D];
      return batchNormTrain(sums, ...vectors, { epsilon: 1e-5, residual: y }).y;
    });
  }
  seen(tf.memory().numBytes);
  return tf.mean(tf.square(y)) as tf.Scalar;
}

test('sums of signs are not kept for batch normalization but counted again, to the bit', () => {
  const random = new Random(3);
  const channels = shape[3];
  const shapes = [[3, 3, channels, channels], [channels], [channels]];
  const variables = [...shapes, ...shapes].map((size) => variable(size, random));
  const images = tf.tensor4d(
    Float32Array.from({ length: bytesOf(shape) / 4 }, () => random.normal()),
    shape,
  );
  const kept = { ours: 0, theirs: 0 };
  const begin = tf.memory();
  const lossFor = (whose: keyof typeof kept) => {
    const { numBytes } = tf.memory();
    return () => network(variables, images, (bytes) => (kept[whose] = bytes - numBytes));
  };
  const expected = tf.variableGrads(lossFor('theirs'), variables);
  const { value, gradients } = valueAndGradients(lossFor('ours'), variables);
  expect(kept.theirs - kept.ours).toBeGreaterThanOrEqual(2 * bytesOf(shape)); // the sums of both layers
  expect(value.dataSync()).toEqual(expected.value.dataSync());
  for (const variable of variables) {
    expect(gradients.get(variable)?.dataSync()).toEqual(expected.grads[variable.name].dataSync());
  }
  tf.dispose([value, ...gradients.values(), expected.value, expected.grads]);
  expect(tf.memory().numTensors).toBe(begin.numTensors);
  tf.dispose([...variables, images]);
});
