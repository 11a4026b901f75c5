export { makePriors, type PriorMap, type PriorSpec, priorPresets, ssdPriors } from './boxes/priors.js';
export {
  type BatchPredictions,
  type Detection,
  type DetectOptions,
  detectBatch,
} from './detect.js';
export { type AnchorGrid, imitationLoss, imitationMask } from './imitation/fine-grained.js';
export {
  boxMask,
  type CellBox,
  entropyDistillation,
  informationDiscrepancy,
  mostDiscrepant,
} from './imitation/information-discrepancy.js';
export {
  amplitudeLoss,
  angularLoss,
  bestAmplitude,
  type Response,
  type SearchedWeights,
  searchedWeights,
} from './imitation/layer-search.js';
export { type BottleneckOptions, bottleneckPresets } from './losses/bottleneck.js';
export type { BoxNoise } from './losses/box-sampling.js';
export { featureTerm } from './losses/feature-term.js';
export { type SsdLoss, type SsdLossOptions, type SsdOutputs, type SsdTerm, ssdLoss } from './losses/ssd-loss.js';
export type { DetectionTargets } from './losses/targets.js';
export { type LabelledImage, type PriorOnlyOptions, PriorOnlyPredictor } from './prior-only.js';
export { detect } from './ssd/predict.js';
export { type Ssd, type SsdOptions, ssd } from './ssd/ssd.js';
