import type { ModuleBuilder } from '@onebit/nn';
import { placeConvStem } from './conv-stem.js';
import { placeDense, placeDenseEnd, placeImprovement, placeTransition } from './dense-block.js';
import { type BackboneOptions, buildBackbone, scaledChannels } from './options.js';
import { type Place, type Placed, type Stage, StagedBackbone } from './staged.js';
import { placeStem } from './stem.js';

/** Units have one form, to which a method gives the binarization alone; `width` scales the stem, the growth and the transitions. */
export type DenseNetOptions = Omit<BackboneOptions, 'style'>;

interface DenseLayout {
  /** Dense units of each stage. */
  readonly units: readonly number[];
  /** Channels behind the transition between two stages. */
  readonly transitions: readonly number[];
  /** Dilation of each stage, default 1; a dilated stage keeps the size of the one before. */
  readonly dilations?: readonly number[];
  /** True: an improvement unit follows every dense unit (MeliusNet), and the stem is three convolutions. */
  readonly improved?: boolean;
}

/** Channels of the stem and of what each unit computes, at width 1. */
const baseChannels = 64;

/**
 * BinaryDenseNet-28 (Bethge et al. 2019, arXiv 1906.08637; binarization-methods.md section 3.6), float or binary as the plan says. Children `stem`, `stage1`, `transition2`, `stage2` ...
 * `stage4`; maps of the stages at strides 4 to 32. The authors clip latent weights to 1.3: `{ method: 'bnn', clip: 1.3 }`.
 */
export function binaryDenseNet28(options: DenseNetOptions = {}): StagedBackbone {
  return build('binarydensenet28', { units: [6, 6, 6, 5], transitions: [160, 192, 256] }, options);
}

/** BinaryDenseNet-37, see {@link binaryDenseNet28}. */
export function binaryDenseNet37(options: DenseNetOptions = {}): StagedBackbone {
  return build('binarydensenet37', layout37, options);
}

/** BinaryDenseNet-37 with dilations 2 and 4 in place of the last two strides, a backbone for segmentation; maps at strides 4, 8, 8, 8. */
export function binaryDenseNet37Dilated(options: DenseNetOptions = {}): StagedBackbone {
  return build('binarydensenet37-dilated', { ...layout37, dilations: [1, 1, 2, 4] }, options);
}

/** BinaryDenseNet-45, see {@link binaryDenseNet28}. */
export function binaryDenseNet45(options: DenseNetOptions = {}): StagedBackbone {
  return build('binarydensenet45', { units: [6, 12, 14, 8], transitions: [160, 288, 288] }, options);
}

/** MeliusNet-22 (Bethge et al. 2020, arXiv 2001.05936; same section). Children and maps as {@link binaryDenseNet28}. */
export function meliusNet22(options: DenseNetOptions = {}): StagedBackbone {
  return build('meliusnet22', { units: [4, 5, 4, 4], transitions: [160, 224, 256], improved: true }, options);
}

const layout37 = { units: [6, 8, 12, 6], transitions: [128, 192, 256] };

function build(where: string, layout: DenseLayout, options: DenseNetOptions): StagedBackbone {
  return buildBackbone(where, options, (builder) => {
    const { width = 1, inChannels = 3 } = options;
    const { units, transitions, dilations = [], improved = false } = layout;
    const scaled = (count: number) => scaledChannels(where, count, width);
    const growth = scaled(baseChannels);
    const stages = units.flatMap((count, index): Stage[] => {
      const dilation = dilations[index] ?? 1;
      const dense = placeDense(growth, dilation);
      const unit = improved ? [dense, placeImprovement(growth)] : [dense];
      const end = index === units.length - 1 ? placeDenseEnd : [];
      const stage = { name: `stage${index + 1}`, place: [...Array<Place[]>(count).fill(unit).flat(), ...end] };
      if (index === 0) return [stage];
      const transition = { outChannels: scaled(transitions[index - 1]), stride: dilation === 1 ? 2 : 1 };
      return [{ name: `transition${index + 1}`, place: placeTransition(transition), inner: true }, stage];
    });
    const stem = improved
      ? placeGroupedStem(builder, inChannels, 2 * scaled(baseChannels / 2))
      : placeStem(builder, { kind: 'imagenet', inChannels, outChannels: growth, style: 'float' });
    return new StagedBackbone(builder, stem, stages);
  });
}

/** MeliusNet's three 3x3 convolutions, the later two in groups, and a max-pool. */
function placeGroupedStem(builder: ModuleBuilder, inChannels: number, outChannels: number): Placed {
  const half = outChannels / 2;
  return placeConvStem(builder, {
    inChannels,
    convolutions: [
      { outChannels: half, kernelSize: 3, stride: 2, activation: 'relu' },
      { outChannels: half, kernelSize: 3, groups: 4, activation: 'relu' },
      { outChannels, kernelSize: 3, groups: 8, activation: 'relu' },
    ],
    pool: true,
  });
}
