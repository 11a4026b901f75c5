import {
  AvgPool,
  BatchNorm,
  type BuilderConvOptions,
  type ForwardContext,
  Module,
  type ModuleBuilder,
} from '@onebit/nn';
import { tf } from '@onebit/ops';

/**
 * How a shortcut changes size and channels. `pool-conv`: average pool with the stride as its size, then a 1x1 convolution at stride 1 and batch normalisation (Bi-Real,
 * BiDet); the pool rounds up and averages over the cells that exist (bidet.md section 3). `conv`: a strided 1x1 convolution (type B of He et al. 2016). `conv-pool`: 1x1
 * convolution and batch normalisation at full size, then the pool (PCNN's released network).
 */
export type DownsampleForm = 'pool-conv' | 'conv' | 'conv-pool';

export interface DownsampleOptions extends Pick<BuilderConvOptions, 'oneBase'> {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
  readonly form: DownsampleForm;
  readonly epsilon?: number;
  /** True where the input comes out of a ReLU. */
  readonly nonNegativeInput?: boolean;
}

/** The shortcut of a block of this form; undefined where neither size nor channels change, so that the input itself is the shortcut, and where units bring their own. */
export function downsampleOf(
  builder: ModuleBuilder,
  { form, ...options }: Omit<DownsampleOptions, 'form'> & { readonly form: DownsampleForm | 'none' },
): Downsample | undefined {
  const { inChannels, outChannels, stride } = options;
  if (form === 'none' || (stride === 1 && inChannels === outChannels)) return undefined;
  return new Downsample(builder.scope('downsample'), { ...options, form });
}

/** The shortcut of a block that changes size or channels; children `conv` (1x1) and `bn`. */
export class Downsample extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly pool?: AvgPool;
  readonly conv: ReturnType<ModuleBuilder['conv']>;
  readonly bn: BatchNorm;
  readonly #form: DownsampleForm;

  constructor(builder: ModuleBuilder, options: DownsampleOptions) {
    super();
    const { inChannels, outChannels, stride, form, epsilon, ...convOptions } = options;
    this.#form = form;
    if (form !== 'conv' && stride > 1) this.pool = this.child('pool', new AvgPool({ size: stride, ceilMode: true }));
    const convStride = this.pool === undefined ? stride : 1;
    const conv = { ...convOptions, inChannels, outChannels, kernelSize: 1, stride: convStride };
    this.conv = this.child('conv', builder.conv('conv', conv));
    this.bn = this.child('bn', new BatchNorm({ channels: outChannels, epsilon }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const pooled = (map: tf.Tensor4D) => this.pool?.forward(map, context) ?? map;
      const projected = (map: tf.Tensor4D) => this.bn.forward(this.conv.forward(map, context), context);
      return this.#form === 'conv-pool' ? pooled(projected(x)) : projected(pooled(x));
    });
    return this.tapped(y, context);
  }
}
