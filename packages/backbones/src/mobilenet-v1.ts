import { type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type BackboneOptions, buildBackbone, scaledChannels } from './options.js';
import { weightlessShortcut } from './shortcut.js';
import { type Place, StagedBackbone } from './staged.js';
import { placeStem } from './stem.js';
import { blockStyle, normEpsilon, type ResidualStyle, styles } from './style.js';
import { StyledConv } from './styled-conv.js';

/** Channels of the stem and blocks of each stage at width 1 (Howard et al. 2017, arXiv 1704.04861, table 1). */
const stemChannels = 32;
const layout = [
  { blocks: 1, channels: 64 },
  { blocks: 2, channels: 128 },
  { blocks: 2, channels: 256 },
  { blocks: 6, channels: 512 },
  { blocks: 2, channels: 1024 },
] as const;

/**
 * `separable`: depthwise, which stays float in a binary network, and pointwise convolution; no shortcut in the float form (Howard et al. 2017). `full`: the depthwise convolution
 * is one over all channels and both convolutions have shortcuts, in the float twin, too (ReActNet).
 */
type MobileForm = 'separable' | 'full';

/**
 * MobileNetV1, float or with binary pointwise convolutions as the plan says. Children `stem`, `stage1` ... `stage5`, in them blocks of `depthwise` and `pointwise`. Maps at strides 2
 * to 32.
 */
export function mobilenetV1(options: BackboneOptions = {}): StagedBackbone {
  return build('mobilenetv1', 'separable', options);
}

/**
 * ReActNet-A (Liu et al. 2020, arXiv 2003.03488; binarization-methods.md section 2.17): MobileNetV1 with binary 3x3 convolutions over all channels in place of the depthwise ones. As
 * published with the plan `reactnet`. Children as {@link mobilenetV1}, with `spatial` in place of `depthwise`.
 */
export function reactnetA(options: BackboneOptions = {}): StagedBackbone {
  return build('reactnet-a', 'full', options);
}

function build(where: string, form: MobileForm, options: BackboneOptions): StagedBackbone {
  return buildBackbone(where, options, (builder) => {
    const { width = 1, inChannels = 3, style } = options;
    const outChannels = scaledChannels(where, stemChannels, width);
    const firstStyle = style ?? mobileStyle(builder.scope('stage1').scope('0'), form);
    const stem = placeStem(builder, { kind: 'small', inChannels, outChannels, style: firstStyle });
    const stages = layout.map(({ blocks, channels }, index) => ({
      name: `stage${index + 1}`,
      place: Array.from({ length: blocks }, (_, i) => {
        const stride = i === 0 && index > 0 ? 2 : 1;
        return placeBlock(form, scaledChannels(where, channels, width), stride, style);
      }),
    }));
    return new StagedBackbone(builder, stem, stages);
  });
}

function placeBlock(form: MobileForm, channels: number, stride: number, style?: ResidualStyle): Place {
  return (builder, input) => {
    const module = new MobileBlock(builder, { input, outChannels: channels, stride, form, style });
    return { module, output: { channels, stride: input.stride * stride, nonNegative: module.nonNegativeOutput } };
  };
}

interface MobileBlockOptions {
  readonly input: { readonly channels: number; readonly nonNegative: boolean };
  readonly outChannels: number;
  readonly stride: number;
  readonly form: MobileForm;
  readonly style?: ResidualStyle;
}

const firstNames = { separable: 'depthwise', full: 'spatial' } as const;

const convolutionsOf = (form: MobileForm) => [`${firstNames[form]}.conv`, 'pointwise.conv'];

function mobileStyle(builder: ModuleBuilder, form: MobileForm): ResidualStyle {
  return blockStyle(builder, convolutionsOf(form));
}

/**
 * A 3x3 convolution at unchanged channels, where the stride is, and a 1x1 one. ReActNet doubles the width by two 1x1 convolutions of the same signs with the same shortcut, laid side
 * by side; that is one convolution of twice the channels whose shortcut has the input twice.
 */
export class MobileBlock extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #spatial: StyledConv;
  readonly #pointwise: StyledConv;
  readonly #outChannels: number;
  readonly #stride: number;
  readonly #hasShortcuts: boolean;

  constructor(builder: ModuleBuilder, { input, outChannels, stride, form, style: given }: MobileBlockOptions) {
    super();
    const style = given ?? mobileStyle(builder, form);
    this.#outChannels = outChannels;
    this.#stride = stride;
    this.#hasShortcuts = styles[style].shortcuts === 'each' || (style === 'float' && form === 'full');
    const { channels, nonNegative } = input;
    const common = { inChannels: channels, style, epsilon: normEpsilon(builder, convolutionsOf(form)) };
    const groups = form === 'separable' ? channels : 1;
    const spatial = { ...common, outChannels: channels, kernelSize: 3, stride, groups, nonNegativeInput: nonNegative };
    const name = firstNames[form];
    this.#spatial = this.child(name, new StyledConv(builder.scope(name), spatial));
    const pointwise = {
      ...common,
      outChannels,
      kernelSize: 1,
      nonNegativeInput: this.#spatial.nonNegativeOutput,
      last: true,
    };
    this.#pointwise = this.child('pointwise', new StyledConv(builder.scope('pointwise'), pointwise));
  }

  /** True where the output is the result of a ReLU. */
  get nonNegativeOutput(): boolean {
    return this.#pointwise.nonNegativeOutput;
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const around = (map: tf.Tensor4D, channels: number, stride: number) =>
      this.#hasShortcuts ? weightlessShortcut(map, channels, stride) : undefined;
    const y = tf.tidy(() => {
      const h = this.#spatial.forward(x, context, { unit: around(x, x.shape[3], this.#stride) });
      return this.#pointwise.forward(h, context, { unit: around(h, this.#outChannels, 1), block: x });
    });
    return this.tapped(y, context);
  }
}
