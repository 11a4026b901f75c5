import type { Backbone } from './backbone.js';
import { binaryDuoResnet18 } from './binary-duo/binary-duo.js';
import { cells } from './cell/cells.js';
import { binaryDenseNet28, binaryDenseNet37, binaryDenseNet37Dilated, binaryDenseNet45, meliusNet22 } from './dense.js';
import { mobilenetV1, reactnetA } from './mobilenet-v1.js';
import { mobilenetV2 } from './mobilenet-v2.js';
import type { BackboneOptions } from './options.js';
import { alexnet, nin, vggSmall } from './plain.js';
import { quicknet, quicknetLarge, quicknetSmall } from './quicknet.js';
import { resnet18, resnet34, resnet50 } from './resnet.js';
import { resnet8, resnet20, resnet32, resnet44, resnet56 } from './resnet-cifar.js';
import { resnetE18 } from './resnet-e.js';
import { vgg16 } from './vgg.js';

/** Every backbone by the name that recipes and commands use. Adding one is one file and one entry here. */
export const backbones = {
  alexnet,
  binarydensenet28: binaryDenseNet28,
  binarydensenet37: binaryDenseNet37,
  'binarydensenet37-dilated': binaryDenseNet37Dilated,
  binarydensenet45: binaryDenseNet45,
  'binaryduo-resnet18': binaryDuoResnet18,
  cells,
  meliusnet22: meliusNet22,
  mobilenetv1: mobilenetV1,
  mobilenetv2: mobilenetV2,
  nin,
  quicknet,
  'quicknet-large': quicknetLarge,
  'quicknet-small': quicknetSmall,
  'reactnet-a': reactnetA,
  resnet8,
  resnet18,
  resnet20,
  resnet32,
  resnet34,
  resnet44,
  resnet50,
  resnet56,
  resnete18: resnetE18,
  'vgg-small': vggSmall,
  vgg16,
} satisfies Record<string, (options?: BackboneOptions) => Backbone>;

export type BackboneName = keyof typeof backbones;
