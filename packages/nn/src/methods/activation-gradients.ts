import { type Estimator, estimators } from '@onebit/ops';
import type { ActivationBinarizer } from '../binarizers/binarizer.js';
import { type SignActivationParts, signActivation } from '../binarizers/sign-activation.js';
import { type SmoothSignName, smoothActivation, smoothEstimator, smoothSigns } from '../binarizers/smooth.js';
import { ramp, targetActivation, targetLosses } from '../binarizers/target-propagation.js';

/** Another gradient for activations that are one sign of these parts; undefined where it is not defined for them. */
type ActivationGradient = (parts: SignActivationParts) => ActivationBinarizer | undefined;

const slope =
  (estimator: Estimator): ActivationGradient =>
  (parts) =>
    signActivation({ ...parts, estimator });

/** For plain signs of ±1 alone: what these compute is no slope behind a sign. */
const plain =
  (activation: ActivationBinarizer): ActivationGradient =>
  ({ levels, shift }) =>
    levels === 'pm1' && shift !== true ? activation : undefined;

const smoothSlopes = (Object.keys(smoothSigns) as SmoothSignName[]).map((name) => [
  name,
  slope(smoothEstimator(name, 1)),
]);

/**
 * Gradients by the name that a plan gives them: slopes that stand in for that of the sign, the smooth progressive quantizer (`smooth-`, lambda from 1 to 256), and
 * target propagation whose losses are not weighted by the gradient (`target-`; weighted, the soft hinge is the slope `tanh`).
 */
export const activationGradients: Readonly<Record<string, ActivationGradient>> = {
  identity: slope(estimators.identity),
  clip: slope(estimators.clip),
  tri: slope(estimators.tri),
  ramp: slope(ramp),
  ...Object.fromEntries(smoothSlopes),
  'smooth-tanh': plain(smoothActivation({ sign: 'tanh', first: 1, last: 256 })),
  'smooth-softsign': plain(smoothActivation({ sign: 'softsign', first: 1, last: 256 })),
  'target-soft-hinge': plain(targetActivation(targetLosses.softHinge, false)),
  'target-truncated-hinge': plain(targetActivation(targetLosses.truncatedHinge, false)),
};
