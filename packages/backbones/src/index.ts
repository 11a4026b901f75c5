export { Backbone, type FeatureInfo, type FeatureMaps, type HiddenLayers } from './backbone.js';
export { binaryDuoResnet18 } from './binary-duo/binary-duo.js';
export { decoupledTensors } from './binary-duo/decoupled-tensors.js';
export type { CellNet, CellNetOptions } from './cell/cell-net.js';
export { type CellsOptions, cells } from './cell/cells.js';
export {
  type CellEdge,
  type CellKind,
  type CellNode,
  type CellOperation,
  cellKinds,
  cellOperations,
  checkGenotype,
  type Genotype,
} from './cell/genotype.js';
export { type SearchNet, type SearchNetOptions, searchNet } from './cell/search-net.js';
export {
  deriveGenotype,
  type EdgeChoice,
  type EdgePlace,
  edgeName,
  type SearchOperation,
  type WeighedEdge,
  wholeSpace,
} from './cell/space.js';
export { ImageClassifier, type ImageClassifierOptions, imageClassifier } from './classifier.js';
export {
  binaryDenseNet28,
  binaryDenseNet37,
  binaryDenseNet37Dilated,
  binaryDenseNet45,
  type DenseNetOptions,
  meliusNet22,
} from './dense.js';
export { mobilenetV1, reactnetA } from './mobilenet-v1.js';
export { mobilenetV2 } from './mobilenet-v2.js';
export type { BackboneOptions } from './options.js';
export { alexnet, nin, vggSmall } from './plain.js';
export { type QuickNetOptions, quicknet, quicknetLarge, quicknetSmall } from './quicknet.js';
export { ResNet, type ResNetOptions, resnet18, resnet34, resnet50 } from './resnet.js';
export { type CifarResNetOptions, resnet8, resnet20, resnet32, resnet44, resnet56 } from './resnet-cifar.js';
export { resnetE18 } from './resnet-e.js';
export { StagedBackbone } from './staged.js';
export type { StemKind } from './stem.js';
export type { ResidualStyle } from './style.js';
export { type BackboneName, backbones } from './table.js';
export { Vgg, vgg16 } from './vgg.js';
