import { BatchNorm, type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import type { tf } from '@onebit/ops';
import { shortcutUnit } from '../src/block.js';
import { Downsample } from '../src/downsample.js';

/** Half a shortcut block as a module of its own: the unit that the golden files of VGG and Bi-Real hold. */
export class ShortcutUnit extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly conv: ReturnType<ModuleBuilder['conv']>;
  readonly bn: BatchNorm;
  readonly downsample?: Downsample;

  constructor(
    builder: ModuleBuilder,
    options: { inChannels: number; outChannels: number; stride: number; resized: boolean },
  ) {
    super();
    const { resized, ...conv } = options;
    this.conv = this.child('conv', builder.conv('conv', { ...conv, kernelSize: 3 }));
    this.bn = this.child('bn', new BatchNorm({ channels: options.outChannels }));
    if (resized)
      this.downsample = this.child(
        'downsample',
        new Downsample(builder.scope('downsample'), { ...conv, pooled: true }),
      );
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return shortcutUnit({ conv: this.conv, norm: this.bn, downsample: this.downsample }, x, context);
  }
}
