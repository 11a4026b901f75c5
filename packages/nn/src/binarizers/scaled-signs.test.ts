import '@tensorflow/tfjs-backend-cpu';
import { binarizeWeight, registerGradients, tf, valueAndGradients } from '@onebit/ops';
import { beforeAll, expect, test } from 'vitest';
import { constantOf } from './constant-of.js';
import { scaledSigns } from './scaled-signs.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

test('the gradient passes to the latent numbers without the factor, also once the forward pass is tidied up', () => {
  const w = tf.variable(tf.tensor4d([0.5, -1, 2, -0.25, 3, 0], [1, 1, 3, 2]));
  const upstream = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 1, 3, 2]);
  const loss = () => {
    const scale = constantOf(w as tf.Tensor4D, (values) => tf.mean(tf.abs(values), [0, 1, 2]));
    const { latent, factor } = scaledSigns(w as tf.Tensor4D, scale);
    const signs = binarizeWeight(latent, { scale: 'none', gradient: 'identity', signOfZero: 1 });
    return tf.sum(tf.mul(tf.mul(signs, factor ?? 1), upstream)) as tf.Scalar;
  };
  const { value, gradients } = valueAndGradients(loss, [w]);
  const found = [...(gradients.get(w)?.dataSync() ?? [])];
  expect(found.length).toBe(w.size);
  for (const [i, gradient] of found.entries()) expect(gradient).toBeCloseTo(i + 1, 5);
  // Means 5.5 / 3 and 1.25 / 3 times 1 + 3 + 5 and -2 - 4 + 6.
  expect(value.dataSync()[0]).toBeCloseTo((5.5 / 3) * 9, 4);
  tf.dispose([value, ...gradients.values(), w, upstream]);
});
