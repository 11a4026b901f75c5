import type { Parameter } from '@onebit/nn';
import { adamUpdate, sgdUpdate, tf } from '@onebit/ops';
import { bopRule } from './bop.js';
import type { AdamConfig, OptimizerConfig, SgdConfig } from './optimizer-config.js';
import type { ParameterUpdate, UpdateRule } from './update-rule.js';

export function updateRule(config: OptimizerConfig): UpdateRule {
  if (config.kind === 'bop') return bopRule(config);
  return config.kind === 'sgd' ? sgdRule(config) : adamRule(config);
}

function sgdRule({ momentum = 0.9, nesterov }: SgdConfig): UpdateRule {
  return {
    slots: momentum === 0 ? [] : ['velocity'],
    apply(updates, scale) {
      const parameters = updates.map((update) => ({ ...kernelParameter(update), velocity: update.slots.velocity }));
      sgdUpdate(parameters, { momentum, nesterov, gradientScale: scale });
    },
  };
}

function adamRule({ kind, beta1, beta2 = 0.999, epsilon = 1e-8, epsilonHat = false }: AdamConfig): UpdateRule {
  const update = (updates: readonly ParameterUpdate[], options: { epsilon: number; gradientScale: number }) => {
    const parameters = updates.map((each) => ({
      ...kernelParameter(each),
      step: each.step,
      firstMoment: each.slots.firstMoment,
      secondMoment: each.slots.secondMoment,
    }));
    adamUpdate(parameters, { beta1, beta2, decoupled: kind === 'adamw', ...options });
  };
  return {
    slots: ['firstMoment', 'secondMoment'],
    apply(updates, gradientScale) {
      if (epsilonHat) {
        // sqrt(v) + e, bias-corrected as a whole, is the kernel's sqrt(corrected v) + e / sqrt(correction).
        for (const step of new Set(updates.map((each) => each.step))) {
          const ofStep = updates.filter((each) => each.step === step);
          update(ofStep, { epsilon: epsilon / Math.sqrt(1 - beta2 ** step), gradientScale });
        }
      } else {
        update(updates, { epsilon, gradientScale });
      }
      for (const { parameter, slots } of updates) writeCurvature(parameter, slots.secondMoment);
    },
  };
}

/** LAB's constant (Hou et al. 2017, arXiv 1611.01600): keeps the curvature of weights without gradients positive. */
const curvatureFloor = 1e-8;

/** Hands the curvature to a layer that weighs its weights by it. Without bias correction: that scales all alike, and only ratios matter. */
function writeCurvature({ curvature }: Parameter, secondMoment: tf.Variable): void {
  if (curvature !== undefined) tf.tidy(() => curvature.assign(tf.add(tf.sqrt(secondMoment), curvatureFloor)));
}

function kernelParameter({ parameter: { variable, clip }, gradient, rate, weightDecay }: ParameterUpdate) {
  return { variable, gradient, learningRate: rate, weightDecay, clip };
}
