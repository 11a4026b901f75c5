export { Backbone, type FeatureInfo, type FeatureMaps } from './backbone.js';
export type { ResidualStyle } from './block.js';
export { ImageClassifier, type ImageClassifierOptions, imageClassifier } from './classifier.js';
export type { BackboneOptions } from './options.js';
export { ResNet, type ResNetOptions, resnet18, resnet34 } from './resnet.js';
export type { StemKind } from './stem.js';
export { Vgg, vgg16 } from './vgg.js';
