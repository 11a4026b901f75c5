import {
  type BuilderOptions,
  type ForwardContext,
  Module,
  ModuleBuilder,
  type ModuleGroup,
  Sequential,
} from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { Backbone, FeatureInfo, HiddenLayers } from './backbone.js';
import { gridMean } from './grid-mean.js';
import { StyledConv } from './styled-conv.js';

export interface ImageClassifierOptions extends BuilderOptions {
  readonly classes: number;
  /** Makes the backbone with a builder scoped to it, e.g. `(builder) => resnet18({ builder })`. */
  readonly backbone: (builder: ModuleBuilder) => Backbone;
}

/**
 * Class logits `[N, classes]` from images `[N, H, W, C]`: backbone, the fully connected layers `hidden.0` ... that it was published with, if any, mean over all cells of its last
 * map, linear layer `head.fc`.
 */
export function imageClassifier({ classes, backbone, ...options }: ImageClassifierOptions): ImageClassifier {
  const builder = new ModuleBuilder(options);
  const model = new ImageClassifier(builder, backbone(builder.scope('backbone')), classes);
  builder.finish(model);
  return model;
}

/** See {@link imageClassifier}. */
export class ImageClassifier extends Module<tf.Tensor4D, tf.Tensor2D> {
  readonly backbone: Backbone;
  readonly #hidden?: { readonly grid: number; readonly layers: Sequential };
  readonly #head: ReturnType<ModuleBuilder['linear']>;
  readonly #lastMap: string;

  constructor(builder: ModuleBuilder, backbone: Backbone, classes: number) {
    super();
    const last = backbone.featureInfo[backbone.featureInfo.length - 1];
    const { hiddenLayers } = backbone;
    this.#lastMap = last.name;
    this.backbone = this.child('backbone', backbone);
    if (hiddenLayers !== undefined) {
      const layers = this.child('hidden', connected(builder.scope('hidden'), last, hiddenLayers));
      this.#hidden = { grid: hiddenLayers.grid, layers };
    }
    const inChannels = hiddenLayers?.channels.at(-1) ?? last.channels;
    const head = builder.scope('head').linear('fc', { inChannels, outChannels: classes });
    this.#head = this.child('head.fc', head);
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor2D {
    return tf.tidy(() => {
      let map = this.backbone.forward(x, context)[this.#lastMap];
      if (this.#hidden !== undefined) {
        map = this.#hidden.layers.forward(gridMean(map, this.#hidden.grid), context);
      }
      return this.#head.forward(tf.mean(map, [1, 2]), context);
    });
  }

  override groups(): ModuleGroup[] {
    const hidden = this.#hidden === undefined ? [] : [{ name: 'hidden', match: 'hidden.**' }];
    return [...this.backbone.groups(), ...hidden, { name: 'head', match: 'head.**' }];
  }
}

/** Fully connected layers in the form of their method, the first one as a convolution that covers the grid. */
function connected(builder: ModuleBuilder, last: FeatureInfo, { grid, channels }: HiddenLayers): Sequential {
  let { channels: inChannels, nonNegative: nonNegativeInput } = last;
  const layers = channels.map((outChannels, index) => {
    const conv = { inChannels, outChannels, kernelSize: index === 0 ? grid : 1, padding: 0, nonNegativeInput };
    const layer = new StyledConv(builder.scope(String(index)), conv);
    inChannels = outChannels;
    nonNegativeInput = layer.nonNegativeOutput;
    return layer;
  });
  return new Sequential(layers);
}
