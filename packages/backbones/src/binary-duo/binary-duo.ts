import { OnebitError } from '@onebit/common';
import { BatchNorm, type ForwardContext, MaxPool, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type BackboneOptions, buildBackbone } from '../options.js';
import { type Place, StagedBackbone } from '../staged.js';
import type { Conv } from '../units/unit.js';
import { DuoBlock } from './duo-block.js';
import { type Copies, copied } from './duo-unit.js';

/** Channels of the stages and of the last convolution at width 1 (released code; training-strategies.md section 10): near 1 / sqrt(2) of ResNet-18's, so that decoupling brings the weights back. */
const stageChannels = [64, 90, 180, 360] as const;
const lastChannels = 512;
const blocks = 2;

/**
 * ResNet-18 of BinaryDuo (Kim et al. 2020, OpenReview r1x0lxrFPS). With the plan `binaryduo` it is decoupled: the stream has two copies of every channel. With every other plan (`binaryduo-coupled`,
 * `float`) it is coupled. Both have the same names, and `decoupledTensors` turns the weights of the coupled form into those of the other. Children `stem`, `stage1` ... `stage4`. `style` does not apply.
 */
export function binaryDuoResnet18(options: BackboneOptions = {}): StagedBackbone {
  const where = 'binaryduo-resnet18';
  return buildBackbone(where, options, (builder) => {
    const { width = 1, inChannels = 3, style } = options;
    if (style !== undefined)
      throw new OnebitError('ERR_USAGE', `${where}: has a form of its own and takes no style, got ${style}`);
    const scaled = (count: number) => Math.max(1, Math.round(count * width));
    const copies = copiesOf(builder);
    const stem = new DuoStem(builder.scope('stem'), { inChannels, outChannels: scaled(stageChannels[0]), copies });
    const stages = stageChannels.map((channels, stage) => ({
      name: `stage${stage + 1}`,
      place: Array.from({ length: blocks }, (_, i): Place => {
        const isLast = stage === stageChannels.length - 1 && i === blocks - 1;
        const inside = scaled(i === 0 && stage > 0 ? stageChannels[stage - 1] : channels);
        const last = isLast ? scaled(lastChannels) : undefined;
        const stride = i === 0 && stage > 0 ? 2 : 1;
        return (scope, input) => {
          const block = { inChannels: inside, channels: scaled(channels), lastChannels: last, stride, copies };
          const output = {
            channels: last ?? copies * scaled(channels),
            stride: input.stride * stride,
            nonNegative: false,
          };
          return { module: new DuoBlock(scope, block), output };
        };
      }),
    }));
    const output = { channels: copies * scaled(stageChannels[0]), stride: 4, nonNegative: false };
    return new StagedBackbone(builder, { module: stem, output }, stages);
  });
}

/** Two where the plan gives the decoupled form to the first convolution. */
function copiesOf(builder: ModuleBuilder): Copies {
  const precision = builder.scope('stage1').scope('0').precisionOf('conv1');
  return precision !== 'fp32' && precision.name === 'binaryduo' ? 2 : 1;
}

/** Children `conv` (7x7 at stride 2), `bn`, where the copies begin, and a 3x3 max-pool at stride 2. */
class DuoStem extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #conv: Conv;
  readonly #norm: BatchNorm;
  readonly #pool: MaxPool;
  readonly #copies: Copies;

  constructor(builder: ModuleBuilder, options: { inChannels: number; outChannels: number; copies: Copies }) {
    super();
    const { inChannels, outChannels, copies } = options;
    this.#copies = copies;
    this.#conv = this.child('conv', builder.conv('conv', { inChannels, outChannels, kernelSize: 7, stride: 2 }));
    this.#norm = this.child('bn', new BatchNorm({ channels: copies * outChannels }));
    this.#pool = this.child('pool', new MaxPool({ size: 3, stride: 2, padding: 1 }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const convolved = copied(this.#conv.forward(x, context), this.#copies);
      return this.#pool.forward(this.#norm.forward(convolved, context), context);
    });
    return this.tapped(y, context);
  }
}
