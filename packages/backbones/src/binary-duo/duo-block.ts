import { AvgPool, BatchNorm, type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { fitChannels } from '../shortcut.js';
import type { Attach, Conv } from '../units/unit.js';
import { type Copies, copied, type DuoUnit, duoUnit, meanOfCopies } from './duo-unit.js';

export interface DuoBlockOptions {
  /** Channels of the stream, without copies. */
  readonly inChannels: number;
  readonly channels: number;
  /** Channels of the last block's output, which is not copied; absent in all others. */
  readonly lastChannels?: number;
  readonly stride: number;
  readonly copies: Copies;
}

/**
 * Residual block of two convolutions with a shortcut around each, on a stream of one or two copies. A shortcut that changes size averages the copies, pools, convolves 1x1 and copies again; the one
 * in front of the last, uncopied output averages them and appends zeros. Children as of `ResidualBlock`.
 */
export class DuoBlock extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #first: DuoUnit;
  readonly #second: DuoUnit;
  readonly #downsample?: DuoDownsample;
  readonly #options: DuoBlockOptions;

  constructor(builder: ModuleBuilder, options: DuoBlockOptions) {
    super();
    const { inChannels, channels, lastChannels, stride, copies } = options;
    this.#options = options;
    const attach: Attach = (name, module) => this.child(name, module);
    const first = { inChannels, outChannels: channels, stride, copies, outCopies: copies, suffix: '1' };
    this.#first = duoUnit(builder, first, attach);
    const outCopies = lastChannels === undefined ? copies : 1;
    const second = {
      inChannels: channels,
      outChannels: lastChannels ?? channels,
      stride: 1,
      copies,
      outCopies,
      suffix: '2',
    } as const;
    this.#second = duoUnit(builder, second, attach);
    if (stride !== 1 || inChannels !== channels) {
      this.#downsample = this.child('downsample', new DuoDownsample(builder.scope('downsample'), options));
    }
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const { copies, lastChannels } = this.#options;
    const y = tf.tidy(() => {
      const h = this.#first.forward(x, context, this.#downsample?.forward(x, context) ?? x);
      const around = lastChannels === undefined ? h : fitChannels(meanOfCopies(h, copies), lastChannels, 'pad');
      return this.#second.forward(h, context, around);
    });
    return this.tapped(y, context);
  }
}

/** Children `conv` (1x1) and `bn`. */
class DuoDownsample extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #pool?: AvgPool;
  readonly #conv: Conv;
  readonly #norm: BatchNorm;
  readonly #copies: Copies;

  constructor(builder: ModuleBuilder, { inChannels, channels, stride, copies }: DuoBlockOptions) {
    super();
    this.#copies = copies;
    if (stride > 1) this.#pool = this.child('pool', new AvgPool({ size: stride, ceilMode: true }));
    this.#conv = this.child('conv', builder.conv('conv', { inChannels, outChannels: channels, kernelSize: 1 }));
    this.#norm = this.child('bn', new BatchNorm({ channels }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const mean = meanOfCopies(x, this.#copies);
      const pooled = this.#pool?.forward(mean, context) ?? mean;
      return copied(this.#norm.forward(this.#conv.forward(pooled, context), context), this.#copies);
    });
    return this.tapped(y, context);
  }
}
