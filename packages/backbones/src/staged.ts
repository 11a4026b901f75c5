import { type ForwardContext, type Module, type ModuleBuilder, Sequential } from '@onebit/nn';
import type { tf } from '@onebit/ops';
import { Backbone, type FeatureInfo, type FeatureMaps, type HiddenLayers } from './backbone.js';
import { aggregateOf } from './group-net/group-maps.js';

/** A module from one map to the next. */
export type Step = Module<tf.Tensor4D, tf.Tensor4D>;

/** What is known of the map between two modules before any image is seen. */
interface MapInfo extends Omit<FeatureInfo, 'name'> {
  /** Outputs of so many branches follow the map (see `GroupMaps`); default 0. */
  readonly branches?: number;
}

/** A module and the map it gives. */
export interface Placed {
  readonly module: Step;
  readonly output: MapInfo;
}

/** Makes a module for the map that reaches it, with a builder scoped to its name. */
export type Place = (builder: ModuleBuilder, input: MapInfo) => Placed;

/** A part of a {@link StagedBackbone}: one module, or several in a sequence, named by position. */
export interface Stage {
  readonly name: string;
  readonly place: Place | readonly Place[];
  /** True where nobody outside reads the map. Default false. */
  readonly inner?: boolean;
}

/** A backbone that is a stem and named stages one after another, with a map behind each stage that is not inner. */
export class StagedBackbone extends Backbone {
  readonly featureInfo: readonly FeatureInfo[];
  override readonly hiddenLayers?: HiddenLayers;
  readonly stem: Step;
  readonly #stages: readonly { readonly name: string; readonly module: Step; readonly channels?: number }[];

  constructor(builder: ModuleBuilder, stem: Placed, stages: readonly Stage[], hiddenLayers?: HiddenLayers) {
    super();
    this.hiddenLayers = hiddenLayers;
    this.stem = this.child('stem', stem.module);
    const featureInfo: FeatureInfo[] = [];
    let before = stem.output;
    this.#stages = stages.map(({ name, place, inner = false }) => {
      const { module, output } = placed(builder.scope(name), place, before);
      before = output;
      const { channels, stride, nonNegative } = output;
      if (!inner) featureInfo.push({ name, channels, stride, nonNegative });
      return { name, module: this.child(name, module), channels: inner ? undefined : channels };
    });
    this.featureInfo = featureInfo;
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): FeatureMaps {
    const maps: Record<string, tf.Tensor4D> = {};
    let y = this.stem.forward(x, context);
    for (const { name, module, channels } of this.#stages) {
      y = module.forward(y, context);
      if (channels !== undefined) maps[name] = aggregateOf(y, channels);
    }
    return maps;
  }
}

function placed(builder: ModuleBuilder, place: Stage['place'], input: MapInfo): Placed {
  if (typeof place === 'function') return place(builder, input);
  let output = input;
  const modules = place.map((placeOne, index) => {
    const one = placeOne(builder.scope(String(index)), output);
    output = one.output;
    return one.module;
  });
  return { module: new Sequential(modules), output };
}
