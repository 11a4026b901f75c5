import { OnebitError } from '@onebit/common';
import { type BatchNormActivation, batchNormInference, batchNormTrain, type tf } from '@onebit/ops';
import { type ForwardContext, Module } from '../module.js';
import type { Parameter } from '../parameter.js';

export interface BatchNormOptions {
  readonly channels: number;
  /** Default 1e-5, as in PyTorch. */
  readonly epsilon?: number;
  /** Weight of the newest batch in the running statistics; default 0.1. */
  readonly momentum?: number;
  /** Value of `gamma` at the start; default 1. */
  readonly initialScale?: number;
}

/** What a {@link BatchNorm} does in the same pass behind the normalisation: first the sum, then the activation. */
export interface BatchNormFollowing {
  /** Other branch of a residual block, of the shape of the input. */
  readonly residual?: tf.Tensor4D;
  /** Default `'none'`. */
  readonly activation?: BatchNormActivation;
}

/**
 * Batch normalisation over all axes but the last (Ioffe and Szegedy 2015, arXiv 1502.03167). In training it normalises with the biased variance of
 * the batch and moves the running statistics, r <- (1 - momentum) r + momentum * batch, with the unbiased variance, as PyTorch does; otherwise,
 * or when frozen, it uses the running statistics. Parameters `gamma`, `beta`, buffers `mean`, `variance`, each `[channels]`.
 */
export class BatchNorm extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly epsilon: number;
  /** Weight of the newest batch. Re-estimating statistics over k batches sets it to 1, 1/2, ... 1/k in turn. */
  momentum: number;
  readonly gamma: Parameter;
  readonly beta: Parameter;
  readonly mean: tf.Variable;
  readonly variance: tf.Variable;

  constructor({ channels, epsilon = 1e-5, momentum = 0.1, initialScale = 1 }: BatchNormOptions) {
    super();
    this.epsilon = epsilon;
    this.momentum = momentum;
    const filled = (value: number) => new Float32Array(channels).fill(value);
    this.gamma = this.parameter('gamma', [channels], filled(initialScale), { role: 'norm' });
    this.beta = this.parameter('beta', [channels], filled(0), { role: 'norm' });
    this.mean = this.buffer('mean', [channels], filled(0));
    this.variance = this.buffer('variance', [channels], filled(1));
  }

  /**
   * `x` and `residual` `[..., C]`. With `residual` and `activation` the layer stands for the sum and the activation behind it too; the tap gets what
   * comes out of them.
   */
  override forward(x: tf.Tensor4D, context: ForwardContext, following: BatchNormFollowing = {}): tf.Tensor4D {
    if (context.shapesOnly === true) return this.tapped(x, context);
    const [gamma, beta] = [this.gamma.variable as tf.Tensor1D, this.beta.variable as tf.Tensor1D];
    const options = { ...following, epsilon: this.epsilon };
    if (!context.training || this.frozen) {
      const [mean, variance] = [this.mean as tf.Tensor1D, this.variance as tf.Tensor1D];
      return this.tapped(batchNormInference(x, mean, variance, gamma, beta, options), context);
    }
    const count = x.size / x.shape[3];
    if (count < 2) {
      throw new OnebitError(
        'ERR_SHAPE',
        `${this.path || 'BatchNorm'}: training needs at least 2 values per channel, got [${x.shape.join(', ')}]; use a larger batch or image, or freeze the module`,
      );
    }
    const running =
      context.again === true ? undefined : { mean: this.mean, variance: this.variance, momentum: this.momentum };
    return this.tapped(batchNormTrain(x, gamma, beta, { ...options, running }).y, context);
  }
}
