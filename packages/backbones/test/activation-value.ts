import { type ActivationBinarizer, inference } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { convolveOperands } from '../../nn/src/binarizers/operand.js';
import { layerScope } from './layer-scope.js';

/** What a binarizer makes of numbers of any shape, differentiably: its operand, seen through a 1x1 convolution that does nothing. */
export function activationValue(binarizer: ActivationBinarizer, x: tf.Tensor): tf.Tensor {
  const layer = layerScope({ inChannels: 1, outChannels: 1, kernelSize: 1 });
  const operand = binarizer.build(layer)(tf.reshape(x, [x.size, 1, 1, 1]) as tf.Tensor4D, inference);
  const one = { kind: 'real', value: tf.ones([1, 1, 1, 1]) as tf.Tensor4D } as const;
  return tf.reshape(convolveOperands(operand, one, { geometry: layer.geometry, padValue: 0 }), x.shape);
}
