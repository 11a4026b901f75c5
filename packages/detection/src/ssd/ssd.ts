import type { Backbone } from '@onebit/backbones';
import { OnebitError, shapeError, unknownName } from '@onebit/common';
import {
  type BuilderOptions,
  type ForwardContext,
  L2Norm,
  Module,
  ModuleBuilder,
  type ModuleGroup,
  normal,
  xavierNormal,
} from '@onebit/nn';
import { tf } from '@onebit/ops';
import { makePriors, type PriorSpec, priorPresets, priorsPerCell, ssdPriors } from '../boxes/priors.js';
import type { SsdOutputs } from '../losses/ssd-loss.js';
import { Neck } from './neck.js';

export interface SsdOptions extends BuilderOptions {
  /** Makes the backbone with a builder scoped to it, e.g. `(builder) => resnet18({ builder, width: 0.5 })`. */
  readonly backbone: (builder: ModuleBuilder) => Backbone;
  /** Class names without background; labels are indices into them. */
  readonly classes: readonly string[];
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  /** True: the location heads predict a log-variance beside each offset, as BiDet needs for sampling boxes; default false. */
  readonly logVariance?: boolean;
  /** Scale of the priors, `voc` or `coco` (smaller first boxes), or priors of your own that fit the maps; default `voc`. */
  readonly priors?: 'voc' | 'coco' | PriorSpec;
}

/** Backbone maps the heads read: strides 8, 16 and 32 of a ResNet. The first is the finest and gets L2Norm. */
const sourceNames = ['stage2', 'stage3', 'stage4'] as const;

/**
 * SSD starts L2Norm at 20 on 512 channels. Scaled to the channels at hand the normalised map begins with the same root mean square, 0.88, and the heads with
 * outputs of the same size for any width.
 */
const initialNorm = (channels: number) => 20 * Math.sqrt(channels / 512);

/**
 * Standard deviation of the heads' weights (RetinaNet, arXiv 1708.02002, section 4.1). The maps of a binary ResNet are sums of shortcuts and not normalised;
 * Xavier's weights turn them into logits that drown the biases: on toy scenes the first class term was 20.7 against 3.9, and after 500 steps the
 * mAP of the binary network 61 % against 73 %, of the float one 70 % against 78 %.
 */
const headDeviation = 0.01;

/**
 * Share of foreground the class heads predict at the start. Hard negative mining shows the loss 3 background priors for each positive one, so 1/4 is where its
 * class term starts lowest; with equal biases every prior would begin as foreground with probability C / (C + 1).
 */
const initialForeground = 1 / 4;

/**
 * SSD (Liu et al. 2016, arXiv 1512.02325) on any backbone with maps stage2 to stage4, float or binary layer by layer as the plan says. Convolutions start
 * Xavier normal (bidet.md section 4.6), the heads near 0, biases 0 but the background logit's.
 */
export function ssd(options: SsdOptions): Ssd {
  const builder = new ModuleBuilder({ ...options, initializer: options.initializer ?? xavierNormal });
  const model = new Ssd(builder, options);
  builder.finish(model);
  return model;
}

type Conv = ReturnType<ModuleBuilder['conv']>;

/** See {@link ssd}. Children `backbone`, `norm` (L2Norm of the first source), `neck`, `head.loc.K`, `head.conf.K` for source K. */
export class Ssd extends Module<tf.Tensor4D, SsdOutputs> {
  readonly backbone: Backbone;
  readonly classes: readonly string[];
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  readonly priorSpec: PriorSpec;
  /** `[P, 4]` (cx, cy, w, h) relative to the image. */
  readonly priors: Float32Array;
  /** Columns of a location row: 4 offsets, or 4 log-variances and 4 offsets. */
  readonly locColumns: 4 | 8;
  readonly #norm: L2Norm;
  readonly #neck: Neck;
  readonly #loc: readonly Conv[];
  readonly #conf: readonly Conv[];

  constructor(builder: ModuleBuilder, options: SsdOptions) {
    super();
    const { classes, imageSize, logVariance = false, priors = 'voc' } = options;
    checkOptions(classes, imageSize);
    this.classes = classes;
    this.imageSize = imageSize;
    this.locColumns = logVariance ? 8 : 4;
    this.backbone = this.child('backbone', options.backbone(builder.scope('backbone')));
    const stages = sourceNames.map((name) => sourceOf(this.backbone, name, imageSize));
    this.#norm = this.child(
      'norm',
      new L2Norm({ channels: stages[0].channels, scale: initialNorm(stages[0].channels) }),
    );
    this.#neck = this.child('neck', new Neck(builder.scope('neck'), stages[stages.length - 1]));
    const sources = [...stages, ...this.#neck.levels];
    this.priorSpec = specFor(
      priors,
      imageSize,
      sources.map(({ size }) => size),
    );
    this.priors = makePriors(this.priorSpec);
    const head = (kind: 'loc' | 'conf', columns: number) =>
      sources.map(({ channels, nonNegative }, k) => {
        const outChannels = columns * priorsPerCell(this.priorSpec.maps[k]);
        const name = `head.${kind}.${k}`;
        return this.child(
          name,
          builder.conv(name, {
            inChannels: channels,
            outChannels,
            kernelSize: 3,
            bias: true,
            nonNegativeInput: nonNegative,
            initializer: normal(headDeviation),
          }),
        );
      });
    this.#loc = head('loc', this.locColumns);
    this.#conf = head('conf', classes.length + 1);
    for (const conv of this.#conf) setBackgroundBias(conv, classes.length + 1);
  }

  /** Raw outputs for images `[B, imageSize, imageSize, 3]`. */
  override forward(images: tf.Tensor4D, context: ForwardContext): SsdOutputs {
    const [, height, width] = images.shape;
    if (height !== this.imageSize || width !== this.imageSize) {
      throw shapeError(
        'Ssd',
        'images',
        `[B, ${this.imageSize}, ${this.imageSize}, C] as the model was built`,
        images.shape,
      );
    }
    const maps = this.backbone.forward(images, context);
    const [first, ...others] = sourceNames.map((name) => maps[name]);
    const extras = this.#neck.forward(others[others.length - 1], context);
    const features = [this.#norm.forward(first, context), ...others, ...extras];
    const rows = (heads: readonly Conv[], columns: number) =>
      tf.tidy(() => {
        const ofMap = (conv: Conv, k: number) =>
          tf.reshape(conv.forward(features[k], context), [images.shape[0], -1, columns]);
        return tf.concat(heads.map(ofMap), 1) as tf.Tensor3D;
      });
    return { loc: rows(this.#loc, this.locColumns), logits: rows(this.#conf, this.classes.length + 1), features };
  }

  override groups(): ModuleGroup[] {
    const neck = this.#neck.levels.length === 0 ? [] : [{ name: 'neck', match: 'neck.**' }];
    const heads = ['head.loc', 'head.conf'].map((name) => ({ name, match: `${name}.**` }));
    return [...this.backbone.groups(), ...neck, ...heads];
  }
}

function checkOptions(classes: readonly string[], imageSize: number): void {
  if (classes.length === 0 || new Set(classes).size !== classes.length) {
    throw new OnebitError(
      'ERR_RECIPE',
      `ssd: classes must be different names, background not among them, got [${classes.join(', ')}]`,
    );
  }
  if (!Number.isInteger(imageSize) || imageSize < 32) {
    throw new OnebitError('ERR_RECIPE', `ssd: imageSize must be an integer of at least 32, got ${imageSize}`);
  }
}

function sourceOf(
  { featureInfo }: Backbone,
  name: string,
  imageSize: number,
): { channels: number; size: number; nonNegative: boolean } {
  const info = featureInfo.find((candidate) => candidate.name === name);
  if (info === undefined)
    throw unknownName(
      'ssd: the backbone must have the map',
      name,
      featureInfo.map((known) => known.name),
    );
  const { channels, stride, nonNegative } = info;
  return { channels, nonNegative, size: Math.ceil(imageSize / stride) };
}

/** The priors asked for, if they fit the maps the network has. */
function specFor(priors: 'voc' | 'coco' | PriorSpec, imageSize: number, mapSizes: readonly number[]): PriorSpec {
  const fits = (spec: PriorSpec) =>
    spec.imageSize === imageSize &&
    spec.maps.length === mapSizes.length &&
    spec.maps.every(({ size }, k) => size === mapSizes[k]);
  if (typeof priors === 'string') {
    const published = priorPresets[`ssd300-${priors}`];
    return fits(published) ? published : ssdPriors(imageSize, mapSizes, { scale: priors });
  }
  if (fits(priors)) return priors;
  const sizes = priors.maps.map(({ size }) => size);
  throw new OnebitError(
    'ERR_RECIPE',
    `ssd: priors are for ${priors.imageSize} pixels and maps ${sizes.join(', ')}; the network has ${imageSize} pixels and maps ${mapSizes.join(', ')}`,
  );
}

/** Sets the background logit of each prior so that background has probability 1 - initialForeground when the other logits are 0. */
function setBackgroundBias({ bias }: Conv, columns: number): void {
  const logit = Math.log(((1 - initialForeground) / initialForeground) * (columns - 1));
  const values = Float32Array.from({ length: bias!.size }, (_, i) => (i % columns === 0 ? logit : 0));
  tf.tidy(() => bias!.variable.assign(tf.tensor(values, [values.length])));
}
