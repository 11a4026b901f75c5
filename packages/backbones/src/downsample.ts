import { AvgPool, BatchNorm, type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';

export interface DownsampleOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
  /**
   * True: average pool with the stride as its size, then a 1x1 convolution at stride 1 (Bi-Real, BiDet); the pool rounds up and averages over the
   * cells that exist (bidet.md section 3). False: a strided 1x1 convolution (type B of He et al. 2016).
   */
  readonly pooled: boolean;
  readonly epsilon?: number;
  /** True where the input comes out of a ReLU. */
  readonly nonNegativeInput?: boolean;
}

/** The shortcut of a block of this form; undefined where neither size nor channels change, so that the input itself is the shortcut. */
export function downsampleOf(builder: ModuleBuilder, options: DownsampleOptions): Downsample | undefined {
  const { inChannels, outChannels, stride } = options;
  return stride === 1 && inChannels === outChannels ? undefined : new Downsample(builder.scope('downsample'), options);
}

/** The shortcut of a block that changes size or channels; children `conv` (1x1) and `bn`. */
export class Downsample extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly pool?: AvgPool;
  readonly conv: ReturnType<ModuleBuilder['conv']>;
  readonly bn: BatchNorm;

  constructor(builder: ModuleBuilder, options: DownsampleOptions) {
    super();
    const { inChannels, outChannels, stride, pooled, epsilon } = options;
    const levels = options.nonNegativeInput === true ? 'zero-one' : undefined;
    if (pooled && stride > 1) this.pool = this.child('pool', new AvgPool({ size: stride, ceilMode: true }));
    const convStride = this.pool === undefined ? stride : 1;
    this.conv = this.child(
      'conv',
      builder.conv('conv', { inChannels, outChannels, kernelSize: 1, stride: convStride, levels }),
    );
    this.bn = this.child('bn', new BatchNorm({ channels: outChannels, epsilon }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const pooled = this.pool?.forward(x, context) ?? x;
      return this.bn.forward(this.conv.forward(pooled, context), context);
    });
    return this.tapped(y, context);
  }
}
