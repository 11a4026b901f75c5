import { BatchNorm, type ForwardContext, Module } from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { Place } from './staged.js';

/** A ReLU as a step of its own, where no normalisation stands in front that could do it. */
class Rectifier extends Module<tf.Tensor4D, tf.Tensor4D> {
  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return this.tapped(tf.relu(x), context);
  }
}

/** A ReLU. */
export const placeRectifier: Place = (_, input) => ({
  module: new Rectifier(),
  output: { ...input, nonNegative: true },
});

/** A batch normalisation as a step of its own. */
export const placeNorm: Place = (_, input) => ({
  module: new BatchNorm({ channels: input.channels }),
  output: { ...input, nonNegative: false },
});
