import {
  type ActivationQuantizer,
  type BinaryConv2dOptions,
  binarize,
  binarizeWeight,
  binaryConv2d,
  estimators,
  l2Normalize,
} from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';
import { eachBackEnd } from './back-ends.js';
import { type GoldenTensors, golden } from './golden-tensors.js';
import { asFilters, asMap, convolveReleasedSigns, one } from './released-signs.js';

/** The README's tolerance for this folder. */
const tolerance = { tolerance: 2e-5 };
const exact = { tolerance: 0 };
/** The released code gives 0 at 0, which these vectors contain: with it the operations run in floating point, without it on bits where they can. */
const signOfZero = 0;
const released: ActivationQuantizer = { levels: 'pm1', estimator: estimators.tri, signOfZero };
const onBits: ActivationQuantizer = { ...released, signOfZero: 1 };
const clipped = (quantizer: ActivationQuantizer) => ({ ...quantizer, estimator: estimators.clip });
const unscaled = { padValue: 0, weight: { scale: 'none', gradient: 'identity', signOfZero: 1 } } as const;
type Function_ = (x: tf.Tensor) => tf.Tensor;

describe('golden vectors of the released BiDet code', () => {
  eachBackEnd((start) => {
    golden('bidet/sign_functions.safetensors', start, (g) => {
      for (const name of g.cases('out')) {
        const f = functions[name];
        if (f === undefined) throw new Error(`golden: unknown sign function ${name}; known: ${Object.keys(functions)}`);
        for (const form of f) {
          const { value, grad } = tf.valueAndGrad((x) => tf.sum(tf.mul(form(x), g.tensor('grad_out'))))(g.tensor('x'));
          tf.dispose(value);
          g.compare(`${name}.out`, form(g.tensor('x')), g.tensor(`${name}.out`), exact);
          g.compare(`${name}.grad_in`, grad, g.tensor(`${name}.grad_in`), tolerance);
        }
      }
    });

    golden('bidet/binary_conv.safetensors', start, (g) => {
      for (const name of g.cases('x')) {
        checkConvolution(g, name, 'float');
        checkConvolution(g, name, 'bits');
      }
    });

    golden('bidet/l2norm.safetensors', start, (g) => {
      const [x, weight] = [g.map('x'), g.tensor('weight') as tf.Tensor1D];
      const f = (a: tf.Tensor, w: tf.Tensor) => l2Normalize(a, w as tf.Tensor1D, 1e-10);
      g.compare('out', f(x, weight), g.map('out'), tolerance);
      const [dx, dWeight] = tf.grads((a, w) => tf.sum(tf.mul(f(a, w), g.map('grad_out'))))([x, weight]);
      // NaN in the released code where all channels are 0; here 0.
      g.compare('grad_x', dx, g.map('grad_x'), { ...tolerance, insteadOfNaN: 0 });
      g.compare('grad_weight', dWeight, g.tensor('grad_weight'), tolerance);
    });
  });
});

/** Each sign function as the element-wise operation, and as a convolution with a single 1, which runs on bits. */
const functions: Record<string, readonly Function_[]> = {
  sign2: [(x) => binarize(x, released), signOfActivations(onBits)],
  ste: [(x) => binarize(x, clipped(released)), signOfActivations(clipped(onBits))],
  weight: [(x) => binarizeWeight(x, { scale: 'none', gradient: 'identity', signOfZero }), signOfWeights],
};

function signOfActivations(activation: ActivationQuantizer): Function_ {
  return (x) => tf.reshape(convolveReleasedSigns(asMap(x), one(), { ...unscaled, activation }), x.shape);
}

function signOfWeights(w: tf.Tensor): tf.Tensor {
  return tf.reshape(convolveReleasedSigns(one(), asFilters(w), { ...unscaled, activation: onBits }), w.shape);
}

/** Stride and dilation as the README writes them into a case's name: `k3s2p1`, `k3d6p6`; 1 where nothing is said. */
function stepsOf(name: string): { stride: number; dilation: number } {
  const tags = /^k\d+(?:s(\d+))?(?:d(\d+))?(?:p\d+)?/.exec(name);
  return { stride: Number(tags?.[1] ?? 1), dilation: Number(tags?.[2] ?? 1) };
}

/** The padding of each side that leads from `size` to `out`, the smallest if several do. */
function padOf(size: number, out: number, kernel: number, stride: number, dilation: number): number {
  return Math.max(0, Math.ceil(((out - 1) * stride + (kernel - 1) * dilation + 1 - size) / 2));
}

function optionsOf(g: GoldenTensors, name: string, form: 'float' | 'bits'): BinaryConv2dOptions {
  const { stride, dilation } = stepsOf(name);
  const [x, w, out] = [g.map(`${name}.x`), g.filter(`${name}.weight`), g.map(`${name}.out`)];
  const vertical = padOf(x.shape[1], out.shape[1], w.shape[0], stride, dilation);
  const horizontal = padOf(x.shape[2], out.shape[2], w.shape[1], stride, dilation);
  const activation = form === 'float' ? released : onBits;
  return {
    strides: stride,
    dilations: dilation,
    padding: { top: vertical, bottom: vertical, left: horizontal, right: horizontal },
    padValue: -1,
    activation: name === 'plainste' ? clipped(activation) : activation,
    weight: {
      scale: name === 'noscale' ? 'none' : 'filter-mean', // alpha = 1, the README says
      gradient: 'scale-chain',
      signOfZero: activation.signOfZero,
    },
  };
}

function checkConvolution(g: GoldenTensors, name: string, form: 'float' | 'bits'): void {
  const options = optionsOf(g, name, form);
  const [x, w, out] = [g.map(`${name}.x`), g.filter(`${name}.weight`), g.map(`${name}.out`)];
  const bias = g.has(`${name}.bias`) ? g.tensor(`${name}.bias`) : tf.zeros([out.shape[3]]);
  const convolve = form === 'float' ? binaryConv2d : convolveReleasedSigns;
  const f = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    tf.add(convolve(a as tf.Tensor4D, b as tf.Tensor4D, options), c);
  const upstream = g.map(`${name}.grad_out`);
  const [dx, dw, dBias] = tf.grads((a, b, c) => tf.sum(tf.mul(f(a, b, c), upstream)))([x, w, bias]);
  if (form === 'float') {
    g.compare(`${name}.bin_weight`, binarizeWeight(w, options.weight), g.filter(`${name}.bin_weight`), tolerance);
  }
  g.compare(`${name}.out`, f(x, w, bias), out, tolerance);
  g.compare(`${name}.grad_x`, dx, g.map(`${name}.grad_x`), tolerance);
  const weights = w.dataSync();
  g.compare(`${name}.grad_weight`, dw, g.filter(`${name}.grad_weight`), {
    ...tolerance,
    // The gradient through the scale is quadratic in the signs of the weights: at a weight of exactly 0 the mean over two signs does not give it.
    where: (i) => form === 'float' || weights[i] !== 0,
  });
  if (g.has(`${name}.grad_bias`)) g.compare(`${name}.grad_bias`, dBias, g.tensor(`${name}.grad_bias`), tolerance);
}
