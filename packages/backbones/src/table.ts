import type { Backbone } from './backbone.js';
import type { BackboneOptions } from './options.js';
import { resnet18, resnet34, resnet50 } from './resnet.js';
import { resnet8, resnet20, resnet32, resnet44, resnet56 } from './resnet-cifar.js';
import { vgg16 } from './vgg.js';

/** Every backbone by the name that recipes and commands use. Adding one is one file and one entry here. */
export const backbones = {
  resnet8,
  resnet18,
  resnet20,
  resnet32,
  resnet34,
  resnet44,
  resnet50,
  resnet56,
  vgg16,
} satisfies Record<string, (options?: BackboneOptions) => Backbone>;

export type BackboneName = keyof typeof backbones;
