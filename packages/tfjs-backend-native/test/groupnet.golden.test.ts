import {
  type ActivationQuantizer,
  type BinaryConv2dOptions,
  binarize,
  binarizeWeight,
  binaryConv2d,
  conv2d,
  estimators,
  type WeightQuantizer,
} from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';
import { eachBackEnd } from './back-ends.js';
import { type GoldenTensors, golden } from './golden-tensors.js';
import { asFilters, asMap, convolveReleasedSigns, one } from './released-signs.js';

/** The README's tolerances: relative to the largest value of the tensor. */
const quantizers = { tolerance: 0 };
const convolutions = { tolerance: 1e-6, relativeTo: 'largest' } as const;
const gradients = { tolerance: 1e-4, relativeTo: 'largest' } as const;

const sign: ActivationQuantizer = { levels: 'pm1', estimator: estimators.tri, signOfZero: 1 };
const step: ActivationQuantizer = { levels: 'zero-one', estimator: estimators.identity, signOfZero: 1 };
const weight: WeightQuantizer = { scale: 'layer-mean', gradient: 'identity', signOfZero: 1 };
const unscaled = { padValue: 0, weight: { ...weight, scale: 'none' } } as const;

describe('golden vectors of Group-Net', () => {
  eachBackEnd((start) => {
    golden('groupnet/quantizers.safetensors', start, (g) => {
      // At x = 1 exactly the published code returns the square of the gradient: the README says to skip that element.
      const x = g.tensor('act.x').dataSync();
      const notOne = (i: number) => x[i] !== 1;
      check(g, 'act', (a) => binarize(a, { ...sign, signOfZero: 0 }), notOne);
      check(g, 'act', (a) => convolveReleasedSigns(asMap(a), one(), { ...unscaled, activation: sign }), notOne);
      // 1 above one half; the difference is exact near there.
      check(g, 'act01', (a) => binarize(tf.sub(a, 0.5), step));
      check(g, 'act01', (a) => binaryConv2d(asMap(tf.sub(a, 0.5)), one(), { ...unscaled, activation: step }));
      checkWeights(g);
    });

    golden('groupnet/binary_conv.safetensors', start, (g) => {
      const cases = JSON.parse(g.file.metadata.cases) as Case[];
      for (const [i, settings] of cases.entries()) checkConvolution(g, String(i), settings);
    });
  });
});

type Function_ = (x: tf.Tensor) => tf.Tensor;

/** Value and gradient of an element-wise function. */
function check(g: GoldenTensors, name: string, f: Function_, where?: (index: number) => boolean): void {
  const x = g.tensor(`${name}.x`);
  const shaped: Function_ = (a) => tf.reshape(f(a), x.shape);
  g.compare(`${name}.y`, shaped(x), g.tensor(`${name}.y`), quantizers);
  const dx = tf.grad(shaped)(x, g.tensor(`${name}.grad_out`));
  g.compare(`${name}.grad_x`, dx, g.tensor(`${name}.grad_x`), { ...gradients, where });
}

/** Sign times the mean of the layer, as an operation and as what a single 1 sees of each filter. */
function checkWeights(g: GoldenTensors): void {
  const w = g.filter('weight.w');
  const direct: Function_ = (a) => binarizeWeight(a, { ...weight, signOfZero: 0 });
  const seen: Function_ = (a) => {
    const y = convolveReleasedSigns(one(), asFilters(a), { ...unscaled, weight, activation: sign });
    return tf.reshape(y, w.shape);
  };
  for (const f of [direct, seen]) {
    // The mean depends on the order of its sum in the last bits.
    g.compare('weight.y', f(w), g.filter('weight.y'), convolutions);
    g.compare('weight.grad_w', tf.grad(f)(w, g.filter('weight.grad_out')), g.filter('weight.grad_w'), gradients);
  }
}

/** Settings of a case as the file's metadata has them. */
interface Case {
  readonly stride: number;
  readonly pad: number;
  readonly dil: number;
  /** +1 around inputs of +-1, or 0 around inputs of {0, 1}. */
  readonly padding: 'ones' | 'zeros';
  /** 32: not binarized. */
  readonly bitW?: number;
}

function checkConvolution(g: GoldenTensors, name: string, { stride, pad, dil, padding, bitW = 1 }: Case): void {
  const padValue = padding === 'ones' ? 1 : 0;
  const steps = { strides: stride, dilations: dil };
  // The inputs are binary already; the layer has no estimator of its own.
  const activation = { ...(padding === 'ones' ? sign : step), estimator: estimators.identity };
  const options: BinaryConv2dOptions = { ...steps, padding: pad, padValue, activation, weight };
  const sides = [0, pad, pad, 0].map((side) => [side, side] as [number, number]);
  const real = (x: tf.Tensor4D, w: tf.Tensor4D) =>
    conv2d(tf.pad(x, sides, padValue), w, { ...steps, padding: 'valid' });
  const f = (x: tf.Tensor, w: tf.Tensor) =>
    bitW === 32 ? real(x as tf.Tensor4D, w as tf.Tensor4D) : binaryConv2d(x as tf.Tensor4D, w as tf.Tensor4D, options);
  const [x, w] = [g.map(`${name}.x`), g.filter(`${name}.w`)];
  g.compare(`${name}.y`, f(x, w), g.map(`${name}.y`), convolutions);
  const [dx, dw] = tf.grads(f)([x, w], g.map(`${name}.grad_out`));
  g.compare(`${name}.grad_x`, dx, g.map(`${name}.grad_x`), gradients);
  g.compare(`${name}.grad_w`, dw, g.filter(`${name}.grad_w`), gradients);
}
