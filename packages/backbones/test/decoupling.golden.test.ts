import { methods } from '@onebit/nn';
import { batchNormInference, binarizeWeight, conv2d, tf } from '@onebit/ops';
import { expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../test/golden.js';
import { decoupledFilter, decoupledShift, repeated } from '../../nn/src/binarizers/decoupling.js';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { activationValue } from './activation-value.js';
import { exact, relative } from './golden-method.js';
import { Golden } from './golden-module.js';

const kind = 'training/binaryduo.safetensors';
const coupled = (t: tf.Tensor) => activationValue(methods['binaryduo-coupled'].activation, t);
const decoupled = (t: tf.Tensor) => activationValue(methods.binaryduo.activation, t);
const signs = (filter: tf.Tensor4D) => binarizeWeight(filter, methods.binaryduo.weight.quantizer(1));

/** The layer before and after: the same numbers, other gradients. */
function compareAll(golden: Golden): void {
  const vector = (name: string) => golden.raw(`bn_${name}`) as tf.Tensor1D;
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'var'].map(vector);
  const epsilon = golden.raw('bn_eps').dataSync()[0];
  const x = golden.map('x');
  const w = golden.parameter('weight') as tf.Tensor4D;
  const z = batchNormInference(x, mean, variance, gamma, beta, { epsilon });
  golden.compareMap('z', z, relative);
  golden.compareMap('ternary', coupled(z) as tf.Tensor4D, exact);
  const sum = (map: tf.Tensor, filter: tf.Tensor4D) => conv2d(map as tf.Tensor4D, filter, { padding: 1 });
  golden.compareMap('y', sum(coupled(z), w), relative);
  golden.compareMap('y_binary_weight', sum(coupled(z), signs(w)), relative);
  const shift = decoupledShift(beta);
  golden.compare('beta_decoupled', shift, relative);
  // The difference to z of a copy's input does not depend on the sample.
  const copies = (t: tf.Tensor) => tf.add(tf.concat([t, t], 3), tf.sub(shift, repeated(beta)));
  const bits = decoupled(copies(z));
  golden.compareMap('bits', bits as tf.Tensor4D, exact);
  const filter = decoupledFilter(w);
  golden.compareParameter('weight_decoupled', filter, relative);
  golden.compareMap('y_decoupled', sum(bits, filter), relative);
  golden.compareMap('y_binary_weight_decoupled', sum(bits, signs(filter)), relative);
  const gradOut = golden.map('grad_out');
  golden.compareMap('grad_z_coupled', tf.grad((t) => sum(coupled(t), w))(z, gradOut) as tf.Tensor4D, relative);
  const summed = tf.grad((t) => sum(decoupled(copies(t)), filter))(z, gradOut) as tf.Tensor4D;
  golden.compareMap('grad_z_decoupled_summed', summed, relative);
}

eachBackEnd(
  (start) => {
    test.skipIf(!hasGolden(kind))(kind, async () => {
      await start();
      const golden = new Golden(goldenFile(kind));
      tf.tidy(() => compareAll(golden));
      expect(golden.unused).toEqual([]);
      compared(kind, golden.count);
    });
  },
  ['cpu', 'native'],
);
