import { shapeError } from '@onebit/common';
import { tf } from '@onebit/ops';
import { type Initializer, type InitialState, normal, parameterRandom } from '../initializers.js';
import type { Method } from '../methods/method.js';
import { type ForwardContext, Module } from '../module.js';
import type { Parameter } from '../parameter.js';
import { BinaryConv2d } from './binary-conv2d.js';
import type { Weighted } from './weighted.js';

export interface LinearOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Default: normal with deviation 0.01, as detector outputs use. The bias starts at 0. */
  readonly initializer?: Initializer;
}

/** Float fully connected layer `[N, in] -> [N, out]`; parameters `weight` `[in, out]` and `bias` `[out]`. */
export class Linear extends Module<tf.Tensor2D, tf.Tensor2D> implements Weighted {
  readonly precision = 'float32';
  readonly weight: Parameter;
  readonly bias?: Parameter;

  constructor(
    { inChannels, outChannels, bias = true, initializer = normal(0.01) }: LinearOptions,
    initial: InitialState,
  ) {
    super();
    const shape = [inChannels, outChannels];
    this.weight = this.parameter('weight', shape, initializer(shape, parameterRandom(initial, 'weight')), {
      role: 'weight',
    });
    if (bias) this.bias = this.parameter('bias', [outChannels], new Float32Array(outChannels), { role: 'bias' });
  }

  override forward(x: tf.Tensor2D, context: ForwardContext): tf.Tensor2D {
    const [inChannels, outChannels] = this.weight.shape;
    if (x.rank !== 2 || x.shape[1] !== inChannels) {
      throw shapeError(this.path || 'Linear', 'input', `[N, ${inChannels}]`, x.shape);
    }
    if (context.shapesOnly === true) {
      return this.tapped(tf.zeros<tf.Rank.R2>([x.shape[0], outChannels]), context, x);
    }
    const y = tf.matMul<tf.Tensor2D>(x, this.weight.variable as tf.Tensor2D);
    return this.tapped(this.bias === undefined ? y : tf.add(y, this.bias.variable), context, x);
  }

  macs(outputShape: readonly number[]): number {
    return outputShape[0] * this.weight.size;
  }
}

/** Fully connected layer with binarized input and weights, as a 1x1 {@link BinaryConv2d} named `conv`. */
export class BinaryLinear extends Module<tf.Tensor2D, tf.Tensor2D> {
  readonly conv: BinaryConv2d;

  constructor({ method, ...options }: LinearOptions & { readonly method: Method }, initial: InitialState) {
    super();
    const { inChannels, outChannels, bias = true, initializer = normal(0.01) } = options;
    const inner = { seed: initial.seed, path: initial.path === '' ? 'conv' : `${initial.path}.conv` };
    this.conv = this.child(
      'conv',
      new BinaryConv2d({ inChannels, outChannels, kernelSize: 1, bias, initializer, method }, inner),
    );
  }

  override forward(x: tf.Tensor2D, context: ForwardContext): tf.Tensor2D {
    const y = this.conv.forward(tf.reshape(x, [x.shape[0], 1, 1, x.shape[1]]), context);
    return this.tapped(tf.reshape(y, [x.shape[0], y.shape[3]]), context);
  }
}
