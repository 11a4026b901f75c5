import type { tf } from '@onebit/ops';
import type { Initializer } from '../initializers.js';
import type { ConvGeometry } from '../layers/geometry.js';
import type { ForwardContext } from '../module.js';
import type { Parameter, ParameterRole } from '../parameter.js';
import type { ActivationOperand, WeightOperand } from './operand.js';

/** Options of {@link LayerScope.weights}. */
export interface LayerWeightsOptions {
  /** Default `weight`; a binarizer with several sets of weights names the others. */
  readonly name?: string;
  /** Default `[kh, kw, in, out]` of the layer. */
  readonly shape?: readonly number[];
  /** `latent` (default) weights are stored as one bit each and clipped as the method says; the others are real numbers. */
  readonly role?: 'latent' | 'weight' | 'scale';
  /** Default: the layer's. */
  readonly initializer?: Initializer;
}

/** What a binary layer under construction offers to the binarizers of its method: its geometry, and a place for their parameters. */
export interface LayerScope {
  readonly geometry: ConvGeometry;
  /** Full name of the layer, for errors. */
  readonly where: string;
  /** Makes weights of the layer; their initial values depend on the seed and their full name alone. */
  weights(options?: LayerWeightsOptions): Parameter;
  /** Makes a further parameter; a number fills it. Default role `scale`. */
  parameter(name: string, shape: readonly number[], values: Float32Array | number, role?: ParameterRole): Parameter;
}

/** How a method makes few levels of activations. A value; what it trains is made for each layer by `build`. */
export interface ActivationBinarizer {
  /** Levels for tables: `±1`, `{0, 1}`, `2 bit`. */
  readonly levels: string;
  /** Gradient estimator for tables: `tri`, `ede(k, t)`. */
  readonly gradient: string;
  /** Bits that one activation takes in a packed model, in each of its {@link terms}; 32 for a real number. */
  readonly bits: number;
  /** Number of sign maps that stand for one activation (ABC-Net: N); default 1. */
  readonly terms?: number;
  /** The form for inputs that come out of a ReLU, whose sign would be +1 everywhere; absent where this form is fit for them. */
  nonNegative?(): ActivationBinarizer;
  build(layer: LayerScope): (x: tf.Tensor4D, context: ForwardContext) => ActivationOperand;
}

/** The weights of one layer. */
export interface LayerWeights {
  /** The weights that cost accounting and statistics look at. */
  readonly latent: readonly Parameter[];
  operand(context: ForwardContext): WeightOperand;
  /** Extra losses of this layer by name, weighted as the method says. Called once in every training step. */
  penalties?(context: ForwardContext): Readonly<Record<string, tf.Scalar>>;
}

/** How a method makes few levels of weights. */
export interface WeightBinarizer {
  /** Levels for tables: `±a_o`. */
  readonly levels: string;
  /** Gradient of the latent weights for tables. */
  readonly gradient: string;
  /** Scale for tables: `mean |w| of each filter`. */
  readonly scale: string;
  /** For how much each number of a scale stands that is computed from the weights; absent where there is none, or a trained one. */
  readonly computedScale?: 'layer' | 'filter';
  /** Bits that one latent weight takes in a packed model, in each of its {@link terms}; 32 for a real number. */
  readonly bits: number;
  /** Number of sign tensors that stand for the weights (ABC-Net: M); default 1. */
  readonly terms?: number;
  /** Number of sets of latent weights, each of the layer's shape, that are summed (Group-Net's layer-wise bases: K); default 1. */
  readonly sets?: number;
  build(layer: LayerScope): LayerWeights;
}

/**
 * What a method does right behind the convolution: XNOR-Net's K, XNOR-Net++'s trained scale, Real-to-Binary's gate. Maps `y` `[N, H', W', out]`, given the
 * layer's real input `x` `[N, H, W, in]`.
 */
export interface OutputScaling {
  readonly name: string;
  /** Float multiply-accumulates for one image beside the one multiplication of each output; default 0. */
  macs?(geometry: ConvGeometry): number;
  build(layer: LayerScope): (y: tf.Tensor4D, x: tf.Tensor4D, context: ForwardContext) => tf.Tensor4D;
}
