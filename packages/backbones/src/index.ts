export { Backbone, type FeatureInfo, type FeatureMaps } from './backbone.js';
export { ImageClassifier, type ImageClassifierOptions, imageClassifier } from './classifier.js';
export type { BackboneOptions } from './options.js';
export { ResNet, type ResNetOptions, resnet18, resnet34, resnet50 } from './resnet.js';
export { type CifarResNetOptions, resnet8, resnet20, resnet32, resnet44, resnet56 } from './resnet-cifar.js';
export type { StemKind } from './stem.js';
export type { ResidualStyle } from './style.js';
export { type BackboneName, backbones } from './table.js';
export { Vgg, vgg16 } from './vgg.js';
