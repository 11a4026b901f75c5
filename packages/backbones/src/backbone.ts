import { Module } from '@onebit/nn';
import type { tf } from '@onebit/ops';

/** Feature maps `[N, H, W, C]` by stage name, finest first. */
export type FeatureMaps = Readonly<Record<string, tf.Tensor4D>>;

/** What a neck or head must know of a feature map before any image is seen. */
export interface FeatureInfo {
  readonly name: string;
  readonly channels: number;
  /** Input pixels per cell; a map is ceil(input / stride) cells wide. */
  readonly stride: number;
  /** True behind a ReLU: a binary layer that reads the map needs `levels: 'zero-one'`, for the sign would be +1 everywhere. */
  readonly nonNegative: boolean;
}

/** Fully connected layers that a network was published with, between its last map and the classes. */
export interface HiddenLayers {
  /** The last map is averaged to this many cells on each side. */
  readonly grid: number;
  readonly channels: readonly number[];
}

/** A feature extractor `[N, H, W, C] -> FeatureMaps`. */
export abstract class Backbone extends Module<tf.Tensor4D, FeatureMaps> {
  abstract readonly featureInfo: readonly FeatureInfo[];
  /** What a classifier puts on the last map; absent where it takes the mean over all cells. */
  readonly hiddenLayers?: HiddenLayers;
}
