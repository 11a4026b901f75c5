import { type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type BackboneOptions, buildBackbone, scaledChannels } from './options.js';
import { weightlessShortcut } from './shortcut.js';
import { type Place, StagedBackbone } from './staged.js';
import { placeStem } from './stem.js';
import { blockStyle, normEpsilon, type ResidualStyle, styles } from './style.js';
import { StyledConv, type StyledConvOptions } from './styled-conv.js';

/** Rows of table 2 of Sandler et al. 2018 (arXiv 1801.04381), by the stage (stride 2 to 32) that they belong to; expansion, channels at width 1, blocks. */
const layout = [
  [{ expansion: 1, channels: 16, blocks: 1 }],
  [{ expansion: 6, channels: 24, blocks: 2 }],
  [{ expansion: 6, channels: 32, blocks: 3 }],
  [
    { expansion: 6, channels: 64, blocks: 4 },
    { expansion: 6, channels: 96, blocks: 3 },
  ],
  [
    { expansion: 6, channels: 160, blocks: 3 },
    { expansion: 6, channels: 320, blocks: 1 },
  ],
] as const;

const stemChannels = 32;
const lastChannels = 1280;

/**
 * MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), float or with binary 1x1 convolutions as the plan says (see `InvertedResidual`). Children `stem`, `stage1` ... `stage5`, `last`
 * (1x1); maps of all stages and of `last`.
 */
export function mobilenetV2(options: BackboneOptions = {}): StagedBackbone {
  const where = 'mobilenetv2';
  return buildBackbone(where, options, (builder) => {
    const { width = 1, inChannels = 3, style } = options;
    const scaled = (count: number) => scaledChannels(where, count, width);
    const firstStyle = style ?? blockStyle(builder.scope('stage1').scope('0'), convolutions);
    const stemActivation = firstStyle === 'float' ? 'relu6' : undefined;
    const stemOptions = { kind: 'small', inChannels, outChannels: scaled(stemChannels), style: firstStyle } as const;
    const stem = placeStem(builder, { ...stemOptions, activation: stemActivation });
    const stages = layout.map((rows, index) => {
      const blocks = rows.flatMap(({ blocks, ...row }) => Array.from({ length: blocks }, () => row));
      const place = blocks.map(({ expansion, channels }, i) =>
        placeBlock({ expansion, outChannels: scaled(channels), stride: i === 0 && index > 0 ? 2 : 1, style }),
      );
      return { name: `stage${index + 1}`, place };
    });
    return new StagedBackbone(builder, stem, [
      ...stages,
      { name: 'last', place: placeLast(scaled(lastChannels), style) },
    ]);
  });
}

interface InvertedResidualOptions {
  readonly expansion: number;
  readonly outChannels: number;
  readonly stride: number;
  readonly style?: ResidualStyle;
}

function placeBlock(options: InvertedResidualOptions): Place {
  return (builder, input) => {
    const module = new InvertedResidual(builder, { ...options, input });
    const { outChannels: channels, stride } = options;
    return { module, output: { channels, stride: input.stride * stride, nonNegative: module.nonNegativeOutput } };
  };
}

function placeLast(outChannels: number, style?: ResidualStyle): Place {
  return (builder, { channels, stride, nonNegative }) => {
    const conv = { inChannels: channels, outChannels, kernelSize: 1, nonNegativeInput: nonNegative };
    const own = style ?? blockStyle(builder, ['conv']);
    const module = new StyledConv(builder, { ...conv, style: own, activation: own === 'float' ? 'relu6' : undefined });
    return { module, output: { channels: outChannels, stride, nonNegative: module.nonNegativeOutput } };
  };
}

const convolutions = ['expand.conv', 'depthwise.conv', 'project.conv'];

/**
 * Children `expand` (1x1, absent at expansion 1), `depthwise` (3x3, where the stride is) and `project` (1x1). Float: ReLU6 behind the first two, a shortcut around the block where size and
 * channels stay. In styles with a shortcut around every convolution, `expand` has its input repeated and `depthwise` its input (average-pooled where it strides) added; `project` ends
 * the block's shortcut, if there is one. The depthwise convolution is float in every plan: nine signs would be all that a filter has.
 */
class InvertedResidual extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #expand?: StyledConv;
  readonly #depthwise: StyledConv;
  readonly #project: StyledConv;
  readonly #stride: number;
  readonly #inner: number;
  readonly #shortcuts: { readonly each: boolean; readonly block: boolean };

  constructor(
    builder: ModuleBuilder,
    options: InvertedResidualOptions & { readonly input: { readonly channels: number; readonly nonNegative: boolean } },
  ) {
    super();
    const { input, expansion, outChannels, stride } = options;
    const style = options.style ?? blockStyle(builder, convolutions);
    const isFloat = style === 'float';
    this.#stride = stride;
    this.#inner = expansion * input.channels;
    const each = styles[style].shortcuts === 'each';
    this.#shortcuts = { each, block: stride === 1 && input.channels === outChannels };
    const common = {
      style,
      epsilon: normEpsilon(builder, convolutions),
      activation: isFloat ? 'relu6' : undefined,
    } as const;
    const inner = this.#inner;
    const unit = (name: string, options: StyledConvOptions) =>
      this.child(name, new StyledConv(builder.scope(name), { ...common, ...options }));
    let { nonNegative: nonNegativeInput } = input;
    if (expansion > 1) {
      const expand = { inChannels: input.channels, outChannels: inner, kernelSize: 1, nonNegativeInput };
      this.#expand = unit('expand', expand);
      nonNegativeInput = this.#expand.nonNegativeOutput;
    }
    const filter = { inChannels: inner, outChannels: inner, kernelSize: 3, stride, groups: inner, nonNegativeInput };
    this.#depthwise = unit('depthwise', filter);
    const project = { inChannels: inner, outChannels, kernelSize: 1 };
    const linear = isFloat ? 'none' : undefined;
    const seen = { activation: linear, nonNegativeInput: this.#depthwise.nonNegativeOutput } as const;
    this.#project = unit('project', { ...project, ...seen });
  }

  /** True where the output is the result of a ReLU. */
  get nonNegativeOutput(): boolean {
    return this.#project.nonNegativeOutput;
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const { each, block } = this.#shortcuts;
    const around = (map: tf.Tensor4D, stride: number) =>
      each ? weightlessShortcut(map, this.#inner, stride) : undefined;
    const y = tf.tidy(() => {
      const expanded = this.#expand?.forward(x, context, { unit: around(x, 1) }) ?? x;
      const filtered = this.#depthwise.forward(expanded, context, { unit: around(expanded, this.#stride) });
      return this.#project.forward(filtered, context, { unit: block ? x : undefined, block: block ? x : undefined });
    });
    return this.tapped(y, context);
  }
}
