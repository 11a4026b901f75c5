export type { AverageOptions } from './average.js';
export {
  type Checkpoint,
  checkFingerprint,
  type Evaluation,
  type NamedTensors,
  type OptimizerState,
  type RunState,
} from './checkpoint.js';
export { readCheckpoint } from './checkpoint-folder.js';
export {
  type ActivationDistribution,
  activationDistribution,
  distributionLoss,
} from './distillation/activation-distribution.js';
export { adversarialGap, adversarialValue } from './distillation/adversarial.js';
export { type AttentionForm, attentionDistance, attentionMatching, unitAttention } from './distillation/attention.js';
export { featureHint } from './distillation/feature-hint.js';
export {
  type ApprenticeTerms,
  apprenticeTerms,
  apprenticeWeights,
  distillationLoss,
  type KlOptions,
  softCrossEntropy,
  softmaxEntropy,
} from './distillation/logits.js';
export { detached } from './distillation/rows.js';
export { describeEnvironment } from './environment.js';
export { computeGradients } from './gradients.js';
export { type Interrupt, listenForInterrupt } from './interrupt.js';
export { differences, type Json, type JsonObject, plainJson } from './json.js';
export type { EvaluationLine, MetricsLine, Statistics, TrainLine } from './metrics.js';
export { readMetrics } from './metrics-log.js';
export { Optimizer } from './optimizer.js';
export type {
  AdamConfig,
  BopConfig,
  OptimizerChoice,
  OptimizerConfig,
  OptimizerPart,
  SeveralConfig,
  SgdConfig,
} from './optimizer-config.js';
export type { ParameterGroup } from './parameter-groups.js';
export { recalibrate } from './recalibrate.js';
export { type Resume, readConfig } from './run-folder.js';
export { type Schedule, scheduleAt, type Warmup } from './schedule.js';
export { architectureGradients, type BilevelProblem, type SearchedWeight } from './search/architect.js';
export { type Candidate, type Chromosome, paretoFront } from './search/archive.js';
export { type EvolutionOptions, evolve } from './search/evolve.js';
export { type PlannedStage, planStages, type Stage } from './stages/plan.js';
export { lastFinishedStage, runStages, type StageResult, type StagesOptions } from './stages/run-stages.js';
export {
  AuxiliaryModule,
  type AuxiliaryOptions,
  type AuxiliaryTap,
  forwardWithAuxiliary,
} from './strategies/auxiliary.js';
export { type Supervised, Supervision, type Teacher } from './strategies/supervision.js';
export { type TapPattern, Taps } from './strategies/taps.js';
export type {
  AttentionTerm,
  DistributionTerm,
  HintTerm,
  LogitsTerm,
  SoftLabelsTerm,
  StrategyTerm,
} from './strategies/terms.js';
export { TrainedTogether } from './strategies/trained-together.js';
export { type SystemMemory, systemMemory } from './system-memory.js';
export { rehearse, train } from './train.js';
export type { Loss, LossContext, Progress, TrainingBatch, TrainOptions, TrainResult } from './train-options.js';
