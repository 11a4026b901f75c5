import { type ActivationQuantizer, binaryConv2d, tf } from '@onebit/ops';
import { type InitialState, kaimingNormal, parameterRandom } from '../initializers.js';
import type { Method } from '../methods/method.js';
import { type ForwardContext, Module } from '../module.js';
import type { Parameter } from '../parameter.js';
import { centreOverInputs, windowMean } from './binary-scales.js';
import type { Conv2dOptions } from './conv2d.js';
import { type ConvGeometry, convGeometry, convOutputShape } from './geometry.js';
import { convMacs, type Weighted } from './weighted.js';

export interface BinaryConv2dOptions extends Conv2dOptions {
  readonly method: Method;
  /**
   * Values the input takes after binarization. `zero-one` is for an input that comes out of a ReLU, whose sign would be +1 everywhere (bidet.md
   * section 4.2). Default: the method's.
   */
  readonly levels?: ActivationQuantizer['levels'];
}

/**
 * Convolution of a binarized input with binarized weights, `[N, H, W, in] -> [N, H', W', out]`. Binarizes its own input, so what stands before
 * it hands over real numbers. Parameters: latent `weight` `[kh, kw, in, out]` and, if asked for, `bias` `[out]`.
 */
export class BinaryConv2d extends Module<tf.Tensor4D, tf.Tensor4D> implements Weighted {
  readonly precision = 'binary';
  readonly method: Method;
  readonly geometry: ConvGeometry;
  readonly weight: Parameter;
  readonly bias?: Parameter;
  readonly #activation: ActivationQuantizer;

  constructor(options: BinaryConv2dOptions, initial: InitialState) {
    super();
    this.geometry = convGeometry('BinaryConv2d', options);
    this.method = options.method;
    this.#activation = { ...this.method.activation, levels: options.levels ?? this.method.activation.levels };
    const { kernelSize, inChannels, outChannels } = this.geometry;
    const shape = [...kernelSize, inChannels, outChannels];
    const initializer = options.initializer ?? kaimingNormal('out');
    this.weight = this.parameter('weight', shape, initializer(shape, parameterRandom(initial, 'weight')), {
      role: 'latent',
      clip: this.method.clip,
    });
    if (options.bias === true)
      this.bias = this.parameter('bias', [outChannels], new Float32Array(outChannels), { role: 'bias' });
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const outputShape = convOutputShape(this.path || 'BinaryConv2d', this.geometry, x.shape);
    if (context.shapesOnly === true) return this.tapped(tf.zeros<tf.Rank.R4>(outputShape), context);
    const { method, geometry } = this;
    const latent = this.weight.variable as tf.Tensor4D;
    let y = binaryConv2d(x, method.centreWeights ? centreOverInputs(latent) : latent, {
      strides: geometry.stride,
      dilations: geometry.dilation,
      padding: geometry.padding,
      padValue: method.padValue,
      activation: this.#activation,
      weight: method.weight,
    });
    if (method.activationScale === 'window-mean') y = tf.mul(y, windowMean(x, geometry));
    if (this.bias !== undefined) y = tf.add(y, this.bias.variable);
    return this.tapped(y, context);
  }

  macs(outputShape: readonly number[]): number {
    return convMacs(this.weight, outputShape);
  }
}
