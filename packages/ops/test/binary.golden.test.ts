import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, test } from 'vitest';
import { compared, goldenFile, hasGolden } from '../../../test/golden.js';
import {
  type ActivationQuantizer,
  batchNormInference,
  binarize,
  binarizeWeight,
  binaryConv2d,
  estimators,
  l2Normalize,
  registerGradients,
  type WeightQuantizer,
} from '../src/index.js';
import { GoldenTensors } from './golden-tensors.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

/** The README's tolerance for this folder. */
const tolerance = 2e-5;
/** The released code gives 0 at 0, which these vectors contain. */
const signOfZero = 0;
const released: ActivationQuantizer = { levels: 'pm1', estimator: estimators.tri, signOfZero };

/** The golden test of one file, if the folder in use has it. */
function golden(kind: string, body: (tensors: GoldenTensors) => void): void {
  test.skipIf(!hasGolden(kind))(kind, () => {
    const tensors = new GoldenTensors(goldenFile(kind));
    tf.tidy(() => body(tensors));
    compared(kind, tensors.comparedCount);
  });
}

describe('golden vectors of the released BiDet code', () => {
  golden('bidet/sign_functions.safetensors', (g) => {
    const functions: Record<string, (x: tf.Tensor) => tf.Tensor> = {
      sign2: (x) => binarize(x, released),
      ste: (x) => binarize(x, { ...released, estimator: estimators.clip }),
      weight: (x) => binarizeWeight(x, { scale: 'none', gradient: 'identity', signOfZero }),
    };
    for (const name of g.cases('out')) {
      const f = functions[name];
      if (f === undefined) throw new Error(`golden: unknown sign function ${name}; known: ${Object.keys(functions)}`);
      const { value, grad } = tf.valueAndGrad((x) => tf.sum(tf.mul(f(x), g.tensor('grad_out'))))(g.tensor('x'));
      tf.dispose(value);
      g.compare(`${name}.out`, f(g.tensor('x')), g.tensor(`${name}.out`), 0);
      g.compare(`${name}.grad_in`, grad, g.tensor(`${name}.grad_in`), tolerance);
    }
  });

  golden('bidet/binary_conv.safetensors', (g) => {
    for (const name of g.cases('x')) checkConvolution(g, name);
  });

  golden('bidet/l2norm.safetensors', (g) => {
    const [x, weight] = [g.map('x'), g.tensor('weight') as tf.Tensor1D];
    const f = (a: tf.Tensor, w: tf.Tensor) => l2Normalize(a, w as tf.Tensor1D, 1e-10);
    g.compare('out', f(x, weight), g.map('out'), tolerance);
    const [dx, dWeight] = tf.grads((a, w) => tf.sum(tf.mul(f(a, w), g.map('grad_out'))))([x, weight]);
    // NaN in the released code where all channels are 0; here 0.
    g.compare('grad_x', dx, g.map('grad_x'), tolerance, 0);
    g.compare('grad_weight', dWeight, g.tensor('grad_weight'), tolerance);
  });
});

/** Stride and dilation as the README writes them into a case's name: `k3s2p1`, `k3d6p6`; 1 where nothing is said. */
function stepsOf(name: string): { stride: number; dilation: number } {
  const tags = /^k\d+(?:s(\d+))?(?:d(\d+))?(?:p\d+)?/.exec(name);
  return { stride: Number(tags?.[1] ?? 1), dilation: Number(tags?.[2] ?? 1) };
}

/** The padding of each side that leads from `size` to `out`, the smallest if several do. */
function padOf(size: number, out: number, kernel: number, stride: number, dilation: number): number {
  return Math.max(0, Math.ceil(((out - 1) * stride + (kernel - 1) * dilation + 1 - size) / 2));
}

function checkConvolution(g: GoldenTensors, name: string): void {
  const { stride, dilation } = stepsOf(name);
  const [x, w, out] = [g.map(`${name}.x`), g.filter(`${name}.weight`), g.map(`${name}.out`)];
  const vertical = padOf(x.shape[1], out.shape[1], w.shape[0], stride, dilation);
  const horizontal = padOf(x.shape[2], out.shape[2], w.shape[1], stride, dilation);
  const binary = g.filter(`${name}.bin_weight`);
  const unscaled = name === 'noscale'; // alpha = 1, the README says
  const weight: WeightQuantizer = { scale: unscaled ? 'none' : 'filter-mean', gradient: 'scale-chain', signOfZero };
  const activation = name === 'plainste' ? { ...released, estimator: estimators.clip } : released;
  const bias = g.has(`${name}.bias`) ? g.tensor(`${name}.bias`) : tf.zeros([out.shape[3]]);
  const f = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    tf.add(
      binaryConv2d(a as tf.Tensor4D, b as tf.Tensor4D, {
        strides: stride,
        dilations: dilation,
        padding: { top: vertical, bottom: vertical, left: horizontal, right: horizontal },
        padValue: -1,
        activation,
        weight,
      }),
      c,
    );
  const upstream = g.map(`${name}.grad_out`);
  const [dx, dw, dBias] = tf.grads((a, b, c) => tf.sum(tf.mul(f(a, b, c), upstream)))([x, w, bias]);
  g.compare(`${name}.bin_weight`, binarizeWeight(w, weight), binary, tolerance);
  g.compare(`${name}.out`, f(x, w, bias), out, tolerance);
  g.compare(`${name}.grad_x`, dx, g.map(`${name}.grad_x`), tolerance);
  g.compare(`${name}.grad_weight`, dw, g.filter(`${name}.grad_weight`), tolerance);
  if (g.has(`${name}.grad_bias`)) g.compare(`${name}.grad_bias`, dBias, g.tensor(`${name}.grad_bias`), tolerance);
}

describe('golden vectors of the conventions', () => {
  golden('methods/conventions.safetensors', (g) => {
    const pm1 = {
      activation: { levels: 'pm1', estimator: estimators.identity, signOfZero: 1 },
      weight: { scale: 'none', gradient: 'identity', signOfZero: 1 },
    } as const;
    for (const name of [...g.file.tensors.keys()].filter((key) => key.startsWith('dot.a'))) {
      const length = name.slice('dot.a'.length);
      const [a, b] = [g.tensor(name), g.tensor(`dot.b${length}`)];
      const dot = binaryConv2d(tf.reshape(a, [1, 1, 1, a.size]), tf.reshape(b, [1, 1, b.size, 1]), {
        padValue: 0,
        ...pm1,
      });
      g.compare(`dot.y${length}`, tf.reshape(dot, []), g.tensor(`dot.y${length}`), 0);
    }
    if (g.has('pad.x')) checkPadValues(g, pm1);
    if (g.has('fold.sums')) checkFolding(g);
  });
});

function checkPadValues(
  g: GoldenTensors,
  quantizers: { activation: ActivationQuantizer; weight: WeightQuantizer },
): void {
  const [x, w] = [g.map('pad.x'), g.filter('pad.w')];
  const at = (padValue: 0 | 1 | -1) => binaryConv2d(x, w, { padValue, ...quantizers });
  g.compare('pad.y_zero', at(0), g.map('pad.y_zero'), 0);
  g.compare('pad.y_plus', at(1), g.map('pad.y_plus'), 0);
  g.compare('pad.y_minus', at(-1), g.map('pad.y_minus'), 0);
  g.compare('pad.correction', tf.sub(at(1), at(0)), g.map('pad.correction'), 0);
}

/** The sign of batch-normalized sums, channel by channel. */
function checkFolding(g: GoldenTensors): void {
  const vector = (name: string) => g.tensor(`fold.${name}`) as tf.Tensor1D;
  const [sums, gamma] = [vector('sums'), vector('gamma')];
  const x = tf.tile(tf.reshape(sums, [sums.size, 1]), [1, gamma.size]);
  const y = batchNormInference(x, vector('mean'), vector('var'), gamma, vector('beta'), 1e-5);
  const signs = binarize(y, { levels: 'pm1', estimator: estimators.identity, signOfZero: 1 });
  g.compare('fold.sign', tf.transpose(signs), vector('sign'), 0);
}
