import { type BuilderOptions, type ForwardContext, Module, ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { Backbone } from './backbone.js';

export interface ImageClassifierOptions extends BuilderOptions {
  readonly classes: number;
  /** Makes the backbone with a builder scoped to it, e.g. `(builder) => resnet18({ builder })`. */
  readonly backbone: (builder: ModuleBuilder) => Backbone;
}

/** Class logits `[N, classes]` from images `[N, H, W, C]`: backbone, mean over all cells of its last map, linear layer `head.fc`. */
export function imageClassifier({ classes, backbone, ...options }: ImageClassifierOptions): ImageClassifier {
  const builder = new ModuleBuilder(options);
  const model = new ImageClassifier(builder, backbone(builder.scope('backbone')), classes);
  builder.finish(model);
  return model;
}

/** See {@link imageClassifier}. */
export class ImageClassifier extends Module<tf.Tensor4D, tf.Tensor2D> {
  readonly backbone: Backbone;
  readonly #head: ReturnType<ModuleBuilder['linear']>;
  readonly #lastMap: string;

  constructor(builder: ModuleBuilder, backbone: Backbone, classes: number) {
    super();
    const { name, channels } = backbone.featureInfo[backbone.featureInfo.length - 1];
    this.#lastMap = name;
    this.backbone = this.child('backbone', backbone);
    const head = builder.scope('head').linear('fc', { inChannels: channels, outChannels: classes });
    this.#head = this.child('head.fc', head);
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor2D {
    return tf.tidy(() => {
      const map = this.backbone.forward(x, context)[this.#lastMap];
      return this.#head.forward(tf.mean(map, [1, 2]), context);
    });
  }

  override groups() {
    return [...this.backbone.groups(), { name: 'head', match: 'head.**' }];
  }
}
