import { avgPool2d, maxPool2d, type tf } from '@onebit/ops';
import { type ForwardContext, Module } from '../module.js';

export interface PoolOptions {
  readonly size: number;
  /** Default: the size. */
  readonly stride?: number;
  /** Cells added on every side; they never win a maximum and never count in an average. Default 0. */
  readonly padding?: number;
  /** True: a window that hangs over the far border still gives an output. Default false. */
  readonly ceilMode?: boolean;
}

/** Largest value of each window, per channel. */
export class MaxPool extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #options: Required<PoolOptions>;

  constructor({ size, stride = size, padding = 0, ceilMode = false }: PoolOptions) {
    super();
    this.#options = { size, stride, padding, ceilMode };
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return this.tapped(maxPool2d(x, this.#options), context);
  }
}

/** Mean of each window over the cells that exist, per channel. */
export class AvgPool extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #options: Required<PoolOptions>;

  constructor({ size, stride = size, padding = 0, ceilMode = false }: PoolOptions) {
    super();
    this.#options = { size, stride, padding, ceilMode };
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return this.tapped(avgPool2d(x, this.#options), context);
  }
}
