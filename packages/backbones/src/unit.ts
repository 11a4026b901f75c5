import type { ForwardContext, ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { BlockOptions } from './block.js';
import { type Downsample, downsampleOf } from './downsample.js';
import { normEpsilon, styles } from './style.js';
import { StyledConv } from './styled-conv.js';

/**
 * A 3x3 convolution with a shortcut of its own, in the form of its method: the part that BiDet's VGG is made of (bidet.md section 3). Children as {@link StyledConv} and,
 * where size or channels change in a style with shortcuts, `downsample`.
 */
export class ConvUnit extends StyledConv {
  readonly #downsample?: Downsample;
  readonly #hasShortcut: boolean;

  constructor(builder: ModuleBuilder, options: BlockOptions) {
    super(builder, { ...options, kernelSize: 3 });
    const graph = styles[this.style];
    // The float twin keeps the shortcuts and has the activation that the sign replaces.
    this.#hasShortcut = graph.shortcuts === 'each' || this.style === 'float';
    if (!this.#hasShortcut) return;
    const downsample = downsampleOf(builder, {
      ...options,
      form: graph.downsample,
      epsilon: normEpsilon(builder, ['conv']),
    });
    if (downsample !== undefined) this.#downsample = this.child('downsample', downsample);
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return tf.tidy(() => {
      const unit = this.#hasShortcut ? (this.#downsample?.forward(x, context) ?? x) : undefined;
      return super.forward(x, context, { unit });
    });
  }
}
