import { BinaryConv2d, methods } from '@onebit/nn';
import { binarizeWeight, tf } from '@onebit/ops';
import { orientations, turnedFilters, turnedTap } from '../../../nn/src/binarizers/circulant.js';
import { exact, goldenMethod, relative } from '../golden-method.js';
import type { Golden } from '../golden-module.js';

/** `[O, I, 4, kh, kw]` of the file to `[kh, kw, 4 I, O]` and back. */
function learned(golden: Golden, name: string): tf.Tensor4D {
  const [outputs, groups, planes, height, width] = golden.tensor(name).shape;
  const merged = tf.reshape(golden.raw(name), [outputs, groups * planes, height, width]);
  return tf.transpose(merged, [2, 3, 1, 0]) as tf.Tensor4D;
}

function stored(weight: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return tf.reshape(tf.transpose(weight, [3, 2, 0, 1]), [...shape]);
}

function compareConvolution(golden: Golden): void {
  tf.tidy(() => {
    const w = learned(golden, 'conv.w');
    const [kernelSize, , inChannels, filters] = w.shape;
    const options = { inChannels, outChannels: filters * orientations, kernelSize };
    const layer = new BinaryConv2d({ ...options, method: methods.cbcn }, { seed: 0, path: '' });
    layer.weight.variable.assign(w);
    const signs = binarizeWeight(turnedFilters(w), { scale: 'none', gradient: 'identity', signOfZero: 1 });
    golden.compareParameter('conv.filter', signs, exact);
    const x = tf.variable(golden.map('conv.x'));
    const gradOut = golden.map('conv.grad_out');
    const variables = [x, layer.weight.variable];
    const { grads } = tf.variableGrads(() => {
      const y = layer.forward(x as tf.Tensor4D, { training: true });
      golden.compareMap('conv.y', y, relative);
      return tf.sum(tf.mul(y, gradOut)) as tf.Scalar;
    }, variables);
    golden.compareMap('conv.grad_x', grads[x.name], relative);
    const atWeight = stored(grads[layer.weight.variable.name], golden.tensor('conv.w').shape);
    golden.compare('conv.grad_w', atWeight, relative);
    layer.dispose();
    x.dispose();
  });
}

goldenMethod('cbcn', (golden) => {
  compareConvolution(golden);
  for (const name of golden.names.filter((each) => each.startsWith('ring.shift'))) {
    const moved = Number(name.replace('ring.shift', ''));
    const taps = Array.from({ length: golden.tensor(name).data.length }, (_, tap) => turnedTap(tap, moved));
    golden.compare(name, tf.tensor(taps, [...golden.tensor(name).shape], 'float32'), exact);
  }
});
