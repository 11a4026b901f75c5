import {
  avgPool2d,
  batchNormInference,
  batchNormTrain,
  binarize,
  binaryConv2d,
  binaryConv2dSum,
  binaryDepthwiseConv2d,
  conv2d,
  estimators,
  gather,
  l2Normalize,
  type MaybeReading,
  maxPool2d,
  meanSquare,
  minedCrossEntropy,
  pickedEntropy,
  residualConv2d,
  resizeBilinear,
  smoothL1,
  softLevels,
  softmaxCrossEntropy,
} from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';

/** An op that training uses, with the shapes of its differentiable inputs. */
export interface TrainingOp {
  readonly name: string;
  readonly run: (...inputs: tf.Tensor[]) => MaybeReading<tf.Tensor>;
  readonly shapes: readonly (readonly number[])[];
  /** Has equal maxima, of which WebGPU gives another one the gradient than cpu does. */
  readonly ties?: boolean;
}

const map = (t: tf.Tensor) => t as tf.Tensor4D;
const vector = (t: tf.Tensor) => t as tf.Tensor1D;
const integers = (...values: number[]) => tf.tensor1d(values, 'int32');

/** Without equal values in a window. */
const distinct = (t: tf.Tensor) => map(tf.add(t, tf.reshape(tf.linspace(0, 1 / 32, t.size), t.shape)));

const binary = {
  padValue: -1,
  activation: { levels: 'pm1', estimator: estimators.tri, signOfZero: 1 },
  weight: { scale: 'filter-mean', gradient: 'scale-chain', signOfZero: 1 },
} as const;

const normalized = [[4, 3, 3, 5], [5], [5]];

const convolutions: TrainingOp[] = [
  {
    name: 'conv2d, stride 2',
    run: (x, f) => conv2d(map(x), map(f), { strides: 2 }),
    shapes: [
      [2, 7, 6, 3],
      [3, 3, 3, 4],
    ],
  },
  {
    name: 'convolution of residual windows',
    run: (x, f) => residualConv2d(map(x), map(f), { strides: 2, padding: 1, orders: 2 }),
    shapes: [
      [2, 7, 6, 3],
      [3, 3, 3, 4],
    ],
  },
  {
    name: 'conv2d, dilation 2',
    run: (x, f) => conv2d(map(x), map(f), { dilations: 2 }),
    shapes: [
      [2, 7, 6, 3],
      [3, 3, 3, 4],
    ],
  },
  {
    name: 'conv2d, pads',
    run: (x, f) => conv2d(map(x), map(f), { strides: 2, padding: 1 }),
    shapes: [
      [1, 6, 6, 2],
      [3, 3, 2, 4],
    ],
  },
  {
    name: 'depthwise',
    run: (x, f) => tf.depthwiseConv2d(map(x), map(f), 2, 'same'),
    shapes: [
      [2, 6, 5, 3],
      [3, 3, 3, 2],
    ],
  },
  {
    name: 'transposed',
    run: (x, f) => tf.conv2dTranspose(map(x), map(f), [2, 6, 6, 2], 2, 'same'),
    shapes: [
      [2, 3, 3, 4],
      [3, 3, 2, 4],
    ],
  },
  {
    name: 'binary conv2d',
    run: (x, w) => binaryConv2d(map(x), map(w), binary),
    shapes: [
      [1, 5, 5, 7],
      [3, 3, 7, 3],
    ],
  },
  {
    name: 'binary conv2d with a trained scale',
    run: (x, w, scale) => binaryConv2d(map(x), map(w), { ...binary, strides: 2 }, vector(scale)),
    shapes: [[1, 5, 5, 33], [3, 3, 33, 2], [2]],
  },
  {
    name: 'sum of binary conv2d',
    run: (x, a, b) =>
      binaryConv2dSum(
        [
          { x: map(x), w: map(a) },
          { x: map(x), w: map(b) },
        ],
        binary,
      ),
    shapes: [
      [1, 4, 4, 5],
      [3, 3, 5, 2],
      [3, 3, 5, 2],
    ],
  },
  {
    name: 'binary depthwise',
    run: (x, w) => binaryDepthwiseConv2d(map(x), map(w), binary),
    shapes: [
      [1, 4, 4, 6],
      [3, 3, 6, 1],
    ],
  },
];

const normalizations: TrainingOp[] = [
  {
    name: 'batch norm',
    run: (x, g, b) => batchNormTrain(x, vector(g), vector(b), { epsilon: 0.1 }).y,
    shapes: normalized,
  },
  ...(['relu', 'clip'] as const).map((activation) => ({
    name: `batch norm + residual + ${activation}`,
    run: (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor, residual: tf.Tensor) =>
      batchNormTrain(x, vector(g), vector(b), { epsilon: 0.1, residual, activation }).y,
    shapes: [...normalized, normalized[0]],
  })),
  {
    name: 'batch norm + prelu',
    run: (x, g, b, prelu) =>
      batchNormTrain(x, vector(g), vector(b), { epsilon: 0.1, activation: { prelu: vector(prelu) } }).y,
    shapes: [...normalized, [5]],
  },
  {
    name: 'batch norm with running statistics',
    run: (x, g, b) => {
      const [mean, variance] = [tf.fill([5], 0.25) as tf.Tensor1D, tf.fill([5], 2) as tf.Tensor1D];
      return batchNormInference(x, mean, variance, vector(g), vector(b), { epsilon: 0.1, activation: 'relu' });
    },
    shapes: normalized,
  },
  {
    name: 'two soft levels',
    // An interval around what random numbers give, whatever they are.
    run: (x, lower, upper, alpha) =>
      softLevels(x, { lower: tf.sub(lower, 2), upper: tf.add(upper, 2), alpha: tf.sigmoid(alpha) }),
    shapes: [[3, 4, 5], [], [], []],
  },
  { name: 'l2 normalize', run: (x, scale) => l2Normalize(x, vector(scale), 1e-3), shapes: [[2, 3, 3, 4], [4]] },
];

const pools: TrainingOp[] = [
  { name: 'max pool', run: (x) => maxPool2d(distinct(x), { size: 3, stride: 2, padding: 1 }), shapes: [[2, 7, 6, 3]] },
  {
    name: 'max pool of windows full of equal values',
    run: (x) =>
      maxPool2d(binarize(map(x), { ...binary.activation, estimator: estimators.identity }), {
        size: 3,
        stride: 2,
        padding: 1,
      }),
    shapes: [[2, 7, 6, 3]],
    ties: true,
  },
  {
    name: 'max pool of negative values',
    run: (x) => maxPool2d(distinct(tf.sub(x, 5)), { size: 2 }),
    shapes: [[2, 4, 6, 3]],
  },
  { name: 'average pool', run: (x) => avgPool2d(map(x), { size: 2, ceilMode: true }), shapes: [[2, 7, 5, 3]] },
  { name: 'mean over a map', run: (x) => tf.mean(x, [1, 2]), shapes: [[2, 4, 3, 5]] },
  {
    name: 'bilinear resize',
    run: (x) => resizeBilinear(map(x), [6, 5], 'half-pixel'),
    shapes: [[1, 3, 4, 2]],
  },
  { name: 'gather', run: (x) => gather(x, integers(1, 1, 0)), shapes: [[3, 4]] },
];

const losses: TrainingOp[] = [
  { name: 'cross entropy', run: (x) => softmaxCrossEntropy(x as tf.Tensor2D, integers(0, 2, 1)), shapes: [[3, 4]] },
  { name: 'smooth l1', run: (x) => smoothL1(x), shapes: [[5, 4]] },
  {
    name: 'mean of squares',
    run: (x, y) => meanSquare([x, y]),
    shapes: [
      [2, 3, 3, 2],
      [2, 2, 2, 4],
    ],
  },
  {
    name: 'picked entropy',
    run: (x) =>
      pickedEntropy(x as tf.Tensor2D, {
        rows: Int32Array.of(0, 2, 2),
        columns: Int32Array.of(1, 3, 1),
        totals: Float32Array.of(1, 2, 2),
        weights: Float32Array.of(1, 0.5, 0.25),
      }),
    shapes: [[3, 4]],
  },
  {
    name: 'mined cross entropy',
    run: function* (x) {
      const labels = integers(0, 2, 0, 0, 0, 1, 0, 0);
      return (yield* minedCrossEntropy(x as tf.Tensor2D, labels, { images: 2, ratio: 2 })).sum;
    },
    shapes: [[8, 4]],
  },
];

/** Every op that layers and losses are made of, in small: what a back end must compute and differentiate to train. */
export const trainingOps: readonly TrainingOp[] = [...convolutions, ...normalizations, ...pools, ...losses];
