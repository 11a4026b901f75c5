import { residualStyle } from './block.js';
import { type BackboneOptions, buildBackbone, scaledChannels } from './options.js';
import { placeResidual } from './resnet.js';
import { type Place, StagedBackbone } from './staged.js';
import { placeStem } from './stem.js';
import { placeNorm, placeRectifier } from './steps.js';

/** Channels of the four stages at width 1, of two blocks each. */
const stageChannels = [64, 128, 256, 512] as const;

/**
 * ResNetE-18 (Bethge et al. 2019, arXiv 1906.08637; binarization-methods.md section 3.6), float or binary as the plan says: ResNet-18 whose binary blocks have Bi-Real's shortcuts with every
 * method, a normalisation behind the stem and a ReLU at the end. Children `stem`, `norm`, `stage1` ... `stage4`; maps at strides 4 to 32. The authors clip latent weights to 1.25:
 * `{ method: 'bnn', clip: 1.25 }`.
 */
export function resnetE18(options: Omit<BackboneOptions, 'style'> = {}): StagedBackbone {
  const where = 'resnete18';
  return buildBackbone(where, options, (builder) => {
    const { width = 1, inChannels = 3 } = options;
    const scaled = stageChannels.map((count) => scaledChannels(where, count, width));
    const stem = placeStem(builder, { kind: 'imagenet', inChannels, outChannels: scaled[0], style: 'float' });
    const stages = scaled.map((channels, index) => {
      const blocks = [placeBlock(channels, index === 0 ? 1 : 2), placeBlock(channels, 1)];
      const end = index === scaled.length - 1 ? [placeRectifier] : [];
      return { name: `stage${index + 1}`, place: [...blocks, ...end] };
    });
    return new StagedBackbone(builder, stem, [{ name: 'norm', place: placeNorm, inner: true }, ...stages]);
  });
}

function placeBlock(outChannels: number, stride: number): Place {
  return (builder, input) => {
    const style = residualStyle(builder) === 'float' ? 'float' : 'shortcut';
    return placeResidual('basic', { outChannels, stride, style })(builder, input);
  };
}
