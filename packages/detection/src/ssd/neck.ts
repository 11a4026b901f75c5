import {
  BatchNorm,
  BinaryConv2d,
  type ForwardContext,
  forwardRecomputed,
  Module,
  type ModuleBuilder,
} from '@onebit/nn';
import { tf } from '@onebit/ops';

interface Level {
  readonly channels: number;
  /** Cells along each side. */
  readonly size: number;
  /** True behind a ReLU. */
  readonly nonNegative: boolean;
}

type Conv = ReturnType<ModuleBuilder['conv']>;

/**
 * How SSD300 goes from map to map until one cell is left (bidet.md section 4.1): stride 2 with padding 1, but a 3x3 map is covered by one unpadded window.
 */
function shrink(size: number): { stride: number; padding: number; size: number } {
  return size === 3 ? { stride: 1, padding: 0, size: 1 } : { stride: 2, padding: 1, size: Math.ceil(size / 2) };
}

/**
 * Convolution and batch normalisation; behind a float convolution a ReLU, behind a binary one nothing, since the sign of the next is its activation (bidet.md
 * section 4.1). The same order for every method.
 */
function step(conv: Conv, norm: BatchNorm, x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
  const activation = conv instanceof BinaryConv2d ? 'none' : 'relu';
  return norm.forward(conv.forward(x, context), context, { activation });
}

/** One extra layer of SSD: 1x1 reduction, then 3x3 to the next smaller map; children `conv1`, `bn1`, `conv2`, `bn2`. */
class ExtraLayer extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly output: Level;
  readonly #conv1: Conv;
  readonly #bn1: BatchNorm;
  readonly #conv2: Conv;
  readonly #bn2: BatchNorm;

  constructor(builder: ModuleBuilder, input: Level, middleChannels: number, outChannels: number) {
    super();
    const { stride, padding, size } = shrink(input.size);
    const reduce = {
      inChannels: input.channels,
      outChannels: middleChannels,
      kernelSize: 1,
      nonNegativeInput: input.nonNegative,
    };
    this.#conv1 = this.child('conv1', builder.conv('conv1', reduce));
    this.#bn1 = this.child('bn1', new BatchNorm({ channels: middleChannels }));
    const middleIsFloat = !(this.#conv1 instanceof BinaryConv2d);
    const grow = {
      inChannels: middleChannels,
      outChannels,
      kernelSize: 3,
      stride,
      padding,
      nonNegativeInput: middleIsFloat,
    };
    this.#conv2 = this.child('conv2', builder.conv('conv2', grow));
    this.#bn2 = this.child('bn2', new BatchNorm({ channels: outChannels }));
    this.output = { channels: outChannels, size, nonNegative: !(this.#conv2 instanceof BinaryConv2d) };
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const middle = step(this.#conv1, this.#bn1, x, context);
      return step(this.#conv2, this.#bn2, middle, context);
    });
    return this.tapped(y, context);
  }
}

/**
 * SSD's extra layers: from the last map of the backbone down to one cell, children `0`, `1`, ... Channels relative to the backbone's last map are those of
 * SSD300: first 1/2 -> 1, then 1/4 -> 1/2.
 */
export class Neck extends Module<tf.Tensor4D, readonly tf.Tensor4D[]> {
  /** The maps it makes, in order. */
  readonly levels: readonly Level[];
  readonly #layers: readonly ExtraLayer[];

  constructor(builder: ModuleBuilder, input: Level) {
    super();
    const part = (fraction: number) => Math.max(8, 8 * Math.round((input.channels * fraction) / 8));
    const layers: ExtraLayer[] = [];
    let level = input;
    while (level.size > 1) {
      const name = String(layers.length);
      const [middle, out] = layers.length === 0 ? [part(1 / 2), part(1)] : [part(1 / 4), part(1 / 2)];
      const layer = this.child(name, new ExtraLayer(builder.scope(name), level, middle, out));
      layers.push(layer);
      level = layer.output;
    }
    this.#layers = layers;
    this.levels = layers.map(({ output }) => output);
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): readonly tf.Tensor4D[] {
    const maps: tf.Tensor4D[] = [];
    for (const layer of this.#layers) maps.push(forwardRecomputed(layer, maps.at(-1) ?? x, context));
    return maps;
  }
}
