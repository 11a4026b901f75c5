import { methods } from '@onebit/nn';
import { binarizeWeight, tf } from '@onebit/ops';
import { expect, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../../test/golden.js';
import { proximalScale, type ScaleShare } from '../../../nn/src/binarizers/loss-aware.js';
import { weightValue } from '../../../nn/src/binarizers/operand.js';
import { withOptions } from '../../../nn/src/methods/options.js';
import { eachBackEnd } from '../../../tfjs-backend-native/test/back-ends.js';
import { Golden, type Tolerance } from '../golden-module.js';
import { layerScope } from '../layer-scope.js';

const kind = 'training/lab.safetensors';

/** Values of the README of the training vectors, relative to each number. */
const close: Tolerance = (_, value) => 1e-6 + 1e-5 * value;

/** The binary weights of a layer with these latent weights and this curvature. */
function binaryWeights(w: tf.Tensor4D, curvature: tf.Tensor, share: ScaleShare): tf.Tensor4D {
  const [kernelHeight, kernelWidth, inChannels, outChannels] = w.shape;
  const { weight } = withOptions(methods.lab, { scalePer: share });
  const layer = weight.build(layerScope({ kernelSize: [kernelHeight, kernelWidth], inChannels, outChannels }));
  const [latent] = layer.latent;
  latent.variable.assign(w);
  latent.curvature?.assign(curvature);
  return weightValue(layer.operand({ training: true }));
}

function compareScales(golden: Golden): void {
  tf.tidy(() => {
    const w = golden.parameter('w') as tf.Tensor4D;
    const curvature = tf.add(tf.sqrt(golden.parameter('v')), golden.tensor('eps').data[0] as number) as tf.Tensor4D;
    const alpha = proximalScale(w, curvature, 'layer');
    golden.compare('alpha', alpha, close);
    golden.compare('alpha_per_filter', proximalScale(w, curvature, 'filter'), close);
    golden.compare('alpha_v_all_zero', proximalScale(w, tf.fill(w.shape, 1e-8), 'layer'), close);
    golden.compareParameter('b', binarizeWeight(w, { scale: 'none', gradient: 'identity', signOfZero: 1 }), close);
    const binary = binaryWeights(w, curvature, 'layer');
    golden.compareParameter('w_hat', binary, close);
    golden.compareParameter('w_hat_per_filter', binaryWeights(w, curvature, 'filter'), close);
    golden.compare('objective', tf.mul(tf.sum(tf.mul(curvature, tf.square(tf.sub(binary, w)))), 0.5), close);
  });
}

eachBackEnd(
  (start) => {
    test.skipIf(!hasGolden(kind))(`${kind}: the closed form of the step`, async () => {
      await start();
      const golden = new Golden(goldenFile(kind));
      compareScales(golden);
      // The sequences (seq_*) are what the optimizer hands over: packages/training/test/lab.golden.test.ts.
      const inputs = ['w', 'v', 'eps'];
      expect(golden.count).toBe(
        golden.names.filter((name) => !name.startsWith('seq_') && !inputs.includes(name)).length,
      );
      compared(kind, golden.count);
    });
  },
  ['cpu', 'native'],
);
