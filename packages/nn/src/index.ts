export { bayesianFeatureLoss } from './binarizers/bayesian-sign.js';
export type {
  ActivationBinarizer,
  LayerScope,
  LayerWeights,
  LayerWeightsOptions,
  OutputScaling,
  WeightBinarizer,
} from './binarizers/binarizer.js';
export { decoupledFilter, decoupledShift, repeated } from './binarizers/decoupling.js';
export type {
  ActivationOperand,
  RealOperand,
  SignOperand,
  SignTerm,
  WeightOperand,
  WindowOperand,
} from './binarizers/operand.js';
export {
  type ScheduledEstimator,
  type SignActivation,
  type SignActivationParts,
  signActivation,
} from './binarizers/sign-activation.js';
export { type SignWeight, type SignWeightParts, signWeight, type WeightPreparation } from './binarizers/sign-weight.js';
export { type SmoothSignName, smoothEstimator, smoothSign } from './binarizers/smooth.js';
export {
  staircase,
  staircaseEstimators,
  type TargetLoss,
  targetLosses,
  targetSign,
} from './binarizers/target-propagation.js';
export { type BuilderConvOptions, type BuilderOptions, ModuleBuilder } from './builder.js';
export { type ActivationBytes, addCosts, type Cost, type ModelCost, type ModuleCost, modelCost } from './cost.js';
export { type CostRule, type MemoryRule, memoryRules, type OperationRule, operationRules } from './cost-rules.js';
export { extraLosses } from './extra-losses.js';
export {
  constant,
  type Initializer,
  type InitialState,
  kaimingNormal,
  normal,
  parameterRandom,
  uniform,
  xavierNormal,
} from './initializers.js';
export { BatchNorm, type BatchNormFollowing, type BatchNormOptions } from './layers/batch-norm.js';
export { BinaryConv2d, type BinaryConv2dOptions } from './layers/binary-conv2d.js';
export { Conv2d, type Conv2dOptions } from './layers/conv2d.js';
export { DPRelu } from './layers/dprelu.js';
export { L2Norm } from './layers/l2-norm.js';
export { BinaryLinear, Linear, type LinearOptions } from './layers/linear.js';
export { Maxout } from './layers/maxout.js';
export { AvgPool, MaxPool, type PoolOptions } from './layers/pool.js';
export { PRelu, type PReluOptions } from './layers/prelu.js';
export { Recoupling } from './layers/recoupling.js';
export { RPRelu } from './layers/rprelu.js';
export { Sequential } from './layers/sequential.js';
export { SqueezeExcite } from './layers/squeeze-excite.js';
export { copyLeadingSlices, leadingSlices } from './leading-slices.js';
export type { GroupForm } from './methods/group-form.js';
export type {
  BlockStyle,
  Citation,
  Method,
  MethodOption,
  MethodText,
} from './methods/method.js';
export { optionsOf } from './methods/options.js';
export { type MethodName, methods } from './methods/table.js';
export { methodWarnings } from './methods/warnings.js';
export { mixture } from './mixture.js';
export { type AnyModule, type ForwardContext, inference, Module, type ModuleGroup } from './module.js';
export { Parameter, type ParameterOptions, type ParameterRole } from './parameter.js';
export { binaryPlan, floatPlan, matchesName, type PlanRule, type PrecisionPlan, planOf, resolvePlan } from './plan.js';
export { type Precision, type ResolvedPrecision, resolvePrecision } from './precision.js';
export { forwardRecomputed } from './recompute.js';
export { type LoadReport, loadState, readTensors, type ShapeChange, stateOf, structureFingerprint } from './state.js';
export { withParameters } from './with-parameters.js';
