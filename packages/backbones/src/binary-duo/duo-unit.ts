import { BatchNorm, type ForwardContext, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { Attach, Conv } from '../units/unit.js';

/** Copies of every channel: one while coupled, two once decoupled (Kim et al. 2020; training-strategies.md section 10). */
export type Copies = 1 | 2;

/** `[N, H, W, C]` once, or twice side by side. */
export function copied(x: tf.Tensor4D, copies: Copies): tf.Tensor4D {
  return copies === 1 ? x : tf.concat([x, x], 3);
}

/** The mean of the copies, `[N, H, W, C]` from `[N, H, W, copies C]`. */
export function meanOfCopies(x: tf.Tensor4D, copies: Copies): tf.Tensor4D {
  if (copies === 1) return x;
  const [first, second] = tf.split(x, 2, 3);
  return tf.mul<tf.Tensor4D>(tf.add(first, second), 0.5);
}

export interface DuoUnitOptions {
  /** Of the stream, without copies. */
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
  readonly copies: Copies;
  /** Copies of what leaves it. */
  readonly outCopies: Copies;
  readonly suffix: string;
}

/** A convolution of all copies whose one result is copied again, and batch normalisation, which is where the copies differ. Children `conv`, `bn`. */
export interface DuoUnit {
  readonly conv: Conv;
  /** `shortcut` `[N, H', W', outCopies out]` is added. */
  forward(x: tf.Tensor4D, context: ForwardContext, shortcut: tf.Tensor4D): tf.Tensor4D;
}

export function duoUnit(builder: ModuleBuilder, options: DuoUnitOptions, attach: Attach): DuoUnit {
  const { inChannels, outChannels, stride, copies, outCopies, suffix } = options;
  const spec = { inChannels: copies * inChannels, outChannels, kernelSize: 3, stride };
  const conv = attach(`conv${suffix}`, builder.conv(`conv${suffix}`, spec));
  const norm = attach(`bn${suffix}`, new BatchNorm({ channels: outCopies * outChannels }));
  return {
    conv,
    forward: (x, context, shortcut) =>
      norm.forward(copied(conv.forward(x, context), outCopies), context, { residual: shortcut }),
  };
}
