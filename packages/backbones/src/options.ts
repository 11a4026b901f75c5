import { OnebitError } from '@onebit/common';
import { type BuilderOptions, ModuleBuilder } from '@onebit/nn';
import type { Backbone } from './backbone.js';
import type { ResidualStyle } from './style.js';

/** What every backbone takes. */
export interface BackboneOptions extends Pick<BuilderOptions, 'plan' | 'seed'> {
  /** Builder of the model the network becomes a part of, scoped to its name there; instead of `plan` and `seed`. */
  readonly builder?: ModuleBuilder;
  /** Multiplies all channel counts, rounded to multiples of 8; default 1. */
  readonly width?: number;
  /** Default 3. */
  readonly inChannels?: number;
  /**
   * Style of all blocks. Default: each block takes the style of its method, `float` where the plan leaves all of it in float. Name one to compare
   * plans on one and the same graph.
   */
  readonly style?: ResidualStyle;
}

/** Makes a backbone with the caller's builder, or with one of its own that it finishes. */
export function buildBackbone<B extends Backbone>(
  where: string,
  { builder, plan, seed }: BackboneOptions,
  make: (builder: ModuleBuilder) => B,
): B {
  if (builder === undefined) {
    const own = new ModuleBuilder({ plan, seed });
    const model = make(own);
    own.finish(model);
    return model;
  }
  if (plan !== undefined || seed !== undefined) {
    throw new OnebitError('ERR_USAGE', `${where}: plan and seed come from the builder; pass either them or a builder`);
  }
  return make(builder);
}

/** `count` channels times `width`, a multiple of 8 and at least 8. */
export function scaledChannels(where: string, count: number, width: number): number {
  if (!(width > 0)) throw new OnebitError('ERR_USAGE', `${where}: width must be a positive number, got ${width}`);
  return Math.max(8, 8 * Math.round((count * width) / 8));
}
