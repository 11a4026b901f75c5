import { tf } from '@onebit/ops';
import { kaimingNormal } from '../initializers.js';
import type { ConvGeometry } from '../layers/geometry.js';
import type { OutputScaling } from './binarizer.js';

/** Input channels for each unit of the hidden layer (section 4.3 of the paper). */
const reduction = 8;

/**
 * Data-driven channel scales of Real-to-Binary (Martinez et al. 2020, arXiv 2003.11535, section 4.3): `y sigmoid(relu(mean(x) fc1) fc2)`, the mean over the pixels of
 * the real input of the sign. Parameters `fc1` `[in, in / 8]`, `fc2` `[in / 8, out]`, no biases.
 */
export const channelGate: OutputScaling = {
  name: 'channel-gate',
  macs: (geometry) => hiddenUnits(geometry) * (geometry.inChannels + geometry.outChannels),
  build(layer) {
    const { inChannels, outChannels } = layer.geometry;
    const hidden = hiddenUnits(layer.geometry);
    const matrix = (name: string, shape: readonly number[]) =>
      layer.weights({ name, shape, role: 'weight', initializer: kaimingNormal('in') });
    const fc1 = matrix('fc1', [inChannels, hidden]);
    const fc2 = matrix('fc2', [hidden, outChannels]);
    return (y, x) => {
      const squeezed = tf.relu(tf.matMul(tf.mean<tf.Tensor2D>(x, [1, 2]), fc1.variable as tf.Tensor2D));
      const gate = tf.sigmoid(tf.matMul(squeezed as tf.Tensor2D, fc2.variable as tf.Tensor2D));
      return tf.mul(y, tf.reshape(gate, [-1, 1, 1, outChannels]));
    };
  },
};

function hiddenUnits({ inChannels }: ConvGeometry): number {
  return Math.max(1, Math.floor(inChannels / reduction));
}
