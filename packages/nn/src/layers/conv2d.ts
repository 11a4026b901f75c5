import { conv2d, tf } from '@onebit/ops';
import { type Initializer, type InitialState, kaimingNormal, parameterRandom } from '../initializers.js';
import { type ForwardContext, Module } from '../module.js';
import type { Parameter } from '../parameter.js';
import { type ConvGeometry, type ConvGeometryOptions, convGeometry, convOutputShape } from './geometry.js';
import { convMacs, type Weighted } from './weighted.js';

export interface Conv2dOptions extends ConvGeometryOptions {
  /** Default false: a batch normalisation usually follows. */
  readonly bias?: boolean;
  /** Default: Kaiming normal with fan out, as in ResNet. The bias starts at 0. */
  readonly initializer?: Initializer;
}

/** Float convolution `[N, H, W, in] -> [N, H', W', out]`; parameters `weight` `[kh, kw, in / groups, out]` and, if asked for, `bias` `[out]`. */
export class Conv2d extends Module<tf.Tensor4D, tf.Tensor4D> implements Weighted {
  readonly precision = 'float32';
  readonly geometry: ConvGeometry;
  readonly weight: Parameter;
  readonly bias?: Parameter;

  constructor(options: Conv2dOptions, initial: InitialState) {
    super();
    this.geometry = convGeometry('Conv2d', options);
    const { kernelSize, inChannels, outChannels, groups } = this.geometry;
    const shape = [...kernelSize, inChannels / groups, outChannels];
    const initializer = options.initializer ?? kaimingNormal('out');
    this.weight = this.parameter('weight', shape, initializer(shape, parameterRandom(initial, 'weight')), {
      role: 'weight',
    });
    if (options.bias === true)
      this.bias = this.parameter('bias', [outChannels], new Float32Array(outChannels), { role: 'bias' });
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const outputShape = convOutputShape(this.path || 'Conv2d', this.geometry, x.shape);
    if (context.shapesOnly === true) return this.tapped(tf.zeros<tf.Rank.R4>(outputShape), context, x);
    const { stride, dilation, padding } = this.geometry;
    const y = conv2d(x, this.weight.variable as tf.Tensor4D, { strides: stride, dilations: dilation, padding });
    return this.tapped(this.bias === undefined ? y : tf.add(y, this.bias.variable), context, x);
  }

  macs(outputShape: readonly number[]): number {
    return convMacs(this.weight, outputShape);
  }
}
