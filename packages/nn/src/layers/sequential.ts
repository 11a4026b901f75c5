import { tf } from '@onebit/ops';
import { type ForwardContext, Module } from '../module.js';
import { forwardRecomputed } from '../recompute.js';

type Step = Module<tf.Tensor4D, tf.Tensor4D>;

/** Modules one after another, named by the keys of a record or by position; each is recomputed by itself where the context asks for it. */
export class Sequential extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #steps: readonly Step[];

  constructor(steps: readonly Step[] | Readonly<Record<string, Step>>) {
    super();
    this.#steps = Object.entries(steps).map(([name, step]) => this.child(name, step));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => this.#steps.reduce((input, step) => forwardRecomputed(step, input, context), x));
    return this.tapped(y, context);
  }
}
