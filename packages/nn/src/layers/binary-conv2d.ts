import { OnebitError } from '@onebit/common';
import { tf } from '@onebit/ops';
import type { LayerScope, LayerWeights } from '../binarizers/binarizer.js';
import { type ActivationOperand, convolveOperands } from '../binarizers/operand.js';
import { summedBases } from '../binarizers/summed-bases.js';
import { type InitialState, kaimingNormal, parameterRandom } from '../initializers.js';
import type { Method } from '../methods/method.js';
import { type ForwardContext, Module } from '../module.js';
import type { Parameter } from '../parameter.js';
import type { Conv2dOptions } from './conv2d.js';
import { type ConvGeometry, convGeometry, convOutputShape } from './geometry.js';
import type { Binarization, Weighted } from './weighted.js';

export interface BinaryConv2dOptions extends Conv2dOptions {
  readonly method: Method;
  /** True for an input that comes out of a ReLU: its sign would be +1 everywhere, and it is taken as {0, 1} (bidet.md section 4.2). Default false. */
  readonly nonNegativeInput?: boolean;
  /** True for a convolution of a block that has the K bases of Group-Net side by side: it is one of them. Default false: the layer sums the K bases itself. */
  readonly oneBase?: boolean;
}

/**
 * Convolution of a binarized input with binarized weights, `[N, H, W, in] -> [N, H', W', out]`. Binarizes its own input, so what stands before
 * it hands over real numbers. Parameters: latent `weight` `[kh, kw, in, out]`, what the method trains beside it, and, if asked for, `bias` `[out]`.
 */
export class BinaryConv2d extends Module<tf.Tensor4D, tf.Tensor4D> implements Weighted {
  readonly precision: 'binary' | 'float32';
  readonly binarization: Binarization;
  readonly method: Method;
  readonly geometry: ConvGeometry;
  readonly bias?: Parameter;
  readonly #weights: LayerWeights;
  readonly #sets: number;
  readonly #activate: (x: tf.Tensor4D, context: ForwardContext) => ActivationOperand;
  readonly #scale?: (y: tf.Tensor4D, x: tf.Tensor4D, context: ForwardContext) => tf.Tensor4D;

  constructor(options: BinaryConv2dOptions, initial: InitialState) {
    super();
    this.geometry = convGeometry('BinaryConv2d', options);
    if (this.geometry.groups > 1) throw groupsError(initial.path);
    const { method, nonNegativeInput = false, oneBase = false } = options;
    this.method = method;
    const activation = (nonNegativeInput ? method.activation.nonNegative?.() : undefined) ?? method.activation;
    const bases = oneBase ? 1 : method.group?.bases;
    const weight = bases === undefined || bases === 1 ? method.weight : summedBases(method.weight, bases);
    this.precision = activation.bits === 32 || weight.bits === 32 ? 'float32' : 'binary';
    this.binarization = binarizationOf({ ...method, activation, weight }, this.geometry);
    this.#sets = weight.sets ?? 1;
    const layer = this.#scope(options, initial);
    this.#weights = weight.build(layer);
    this.#activate = activation.build(layer);
    this.#scale = method.output?.build(layer);
    if (options.bias === true) this.bias = layer.parameter('bias', [this.geometry.outChannels], 0, 'bias');
  }

  /** The first of the layer's sets of weights. */
  get weight(): Parameter {
    return this.#weights.latent[0];
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const outputShape = convOutputShape(this.path || 'BinaryConv2d', this.geometry, x.shape);
    if (context.shapesOnly === true) return this.tapped(tf.zeros<tf.Rank.R4>(outputShape), context, x);
    let y = convolveOperands(this.#activate(x, context), this.#weights.operand(context), {
      geometry: this.geometry,
      padValue: this.method.padValue,
      training: context.training,
    });
    if (this.#scale !== undefined) y = this.#scale(y, x, context);
    if (this.bias !== undefined) y = tf.add(y, this.bias.variable);
    return this.tapped(y, context, x);
  }

  /** Extra losses of the layer's method; see `extraLosses`. */
  penalties(context: ForwardContext): Readonly<Record<string, tf.Scalar>> {
    return this.#weights.penalties?.(context) ?? {};
  }

  macs(outputShape: readonly number[]): number {
    const { kernelSize, inChannels } = this.geometry;
    return this.#sets * outputShape.reduce((product, n) => product * n, 1) * kernelSize[0] * kernelSize[1] * inChannels;
  }

  #scope({ method, initializer: layerInitializer }: BinaryConv2dOptions, initial: InitialState): LayerScope {
    const { kernelSize, inChannels, outChannels } = this.geometry;
    return {
      geometry: this.geometry,
      where: initial.path || 'BinaryConv2d',
      weights: ({
        name = 'weight',
        shape = [...kernelSize, inChannels, outChannels],
        role = 'latent',
        initializer,
      } = {}) => {
        const fill = initializer ?? layerInitializer ?? kaimingNormal('out');
        const clip = role === 'latent' ? method.clip : undefined;
        return this.parameter(name, shape, fill(shape, parameterRandom(initial, name)), { role, clip });
      },
      parameter: (name, shape, values, role = 'scale') => {
        const size = shape.reduce((product, n) => product * n, 1);
        const filled = typeof values === 'number' ? new Float32Array(size).fill(values) : values;
        return this.parameter(name, shape, filled, { role });
      },
    };
  }
}

function binarizationOf({ activation, weight, output }: Method, geometry: ConvGeometry): Binarization {
  const { computedScale, terms = 1, sets = 1 } = weight;
  return {
    weightBits: weight.bits * terms,
    activationBits: activation.bits * (activation.terms ?? 1),
    scales: sets * terms * (computedScale === undefined ? 0 : computedScale === 'filter' ? geometry.outChannels : 1),
    scalings: (computedScale === undefined ? 0 : 1) + (output === undefined ? 0 : 1),
    floatMacs: output?.macs?.(geometry) ?? 0,
  };
}

function groupsError(path: string): OnebitError {
  return new OnebitError(
    'ERR_USAGE',
    `${path || 'BinaryConv2d'}: a convolution in groups has no binary form; give it the precision fp32 in the plan`,
  );
}
