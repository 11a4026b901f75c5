import { BatchNorm, type ForwardContext, Module, ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { Taps } from './taps.js';

/** A block of the student that the auxiliary module reads. */
export interface AuxiliaryTap {
  /** Full name of the block. */
  readonly name: string;
  readonly channels: number;
  /** Input pixels per cell; grows by whole factors from tap to tap. */
  readonly stride: number;
}

export interface AuxiliaryOptions {
  /** In the order of the forward pass. */
  readonly taps: readonly AuxiliaryTap[];
  readonly classes: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * A full-precision path beside a low-precision network while that trains, thrown away afterwards (Zhuang et al. 2020, arXiv 1903.11236): at every tap an adapter (1x1
 * convolution and normalisation) maps the network's features into the path, they are added to it and go through a real 3x3 convolution; a classifier ends it. Both losses
 * train the features they share, which so get gradients that went through no quantizer. The exact shape of the authors' path is not known.
 */
export class AuxiliaryModule extends Module<readonly tf.Tensor4D[], tf.Tensor2D> {
  readonly taps: readonly AuxiliaryTap[];
  readonly #steps: readonly { readonly enter: Step; readonly leave: Step }[];
  readonly #classifier: ReturnType<ModuleBuilder['linear']>;

  constructor({ taps, classes, seed }: AuxiliaryOptions) {
    super();
    this.taps = taps;
    const builder = new ModuleBuilder({ seed });
    const step = (name: string, inChannels: number, outChannels: number, kernelSize: number, stride = 1) => {
      const options = { inChannels, outChannels, kernelSize, stride };
      return this.child(name, new Step(builder.scope(name), options));
    };
    this.#steps = taps.map(({ channels, stride }, i) => {
      const next = taps[i + 1] ?? taps[i];
      return {
        enter: step(`enter${i}`, channels, channels, 1),
        leave: step(`leave${i}`, channels, next.channels, 3, next.stride / stride),
      };
    });
    const inChannels = taps[taps.length - 1].channels;
    this.#classifier = this.child('classifier', builder.linear('classifier', { inChannels, outChannels: classes }));
    builder.finish(this);
  }

  /** Class logits `[N, classes]` from the features of every tap. */
  override forward(features: readonly tf.Tensor4D[], context: ForwardContext): tf.Tensor2D {
    let path: tf.Tensor4D | undefined;
    for (const [i, { enter, leave }] of this.#steps.entries()) {
      const entered = enter.forward(features[i], context);
      path = tf.relu(leave.forward(path === undefined ? entered : tf.add(path, entered), context));
    }
    return this.#classifier.forward(tf.mean(path!, [1, 2]), context); // there is at least one tap
  }
}

/** A convolution with its normalisation. */
class Step extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #conv: ReturnType<ModuleBuilder['conv']>;
  readonly #norm: BatchNorm;

  constructor(builder: ModuleBuilder, options: Parameters<ModuleBuilder['conv']>[1]) {
    super();
    this.#conv = this.child('conv', builder.conv('conv', options));
    this.#norm = this.child('norm', new BatchNorm({ channels: options.outChannels }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return this.#norm.forward(this.#conv.forward(x, context), context);
  }
}

/** One forward pass of the network, and of the auxiliary module on the features it has on the way. */
export function forwardWithAuxiliary<In>(
  network: Module<In, tf.Tensor>,
  auxiliary: AuxiliaryModule,
  input: In,
  context: ForwardContext,
): { readonly logits: tf.Tensor; readonly auxiliaryLogits: tf.Tensor2D } {
  const taps = new Taps(auxiliary.taps.map(({ name }) => ({ match: name, side: 'output' })));
  try {
    const logits = network.forward(input, taps.listen(context));
    const features = auxiliary.taps.map((_, i) => taps.tensors(i)[0] as tf.Tensor4D);
    return { logits, auxiliaryLogits: auxiliary.forward(features, context) };
  } finally {
    taps.release();
  }
}
