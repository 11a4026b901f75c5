import type { OptimizerKernels } from '../../native/vector/optimizer.js';

function clamp(value: number, clip: number): number {
  return clip > 0 ? Math.min(Math.max(value, -clip), clip) : value;
}

/** Plain loops: the definition of {@link OptimizerKernels}. Arguments are not checked. */
export const optimizerReference: OptimizerKernels = {
  sgdUpdate(parameter, gradient, velocity, rate, momentum, nesterov, weightDecay, gradientScale, clip) {
    for (let i = 0; i < parameter.length; i++) {
      const g = gradient[i] * gradientScale + weightDecay * parameter[i];
      let step = g;
      if (velocity !== null) {
        velocity[i] = momentum * velocity[i] + g;
        step = nesterov ? g + momentum * velocity[i] : velocity[i];
      }
      parameter[i] = clamp(parameter[i] - rate * step, clip);
    }
  },
  adamUpdate(
    parameter,
    gradient,
    m,
    v,
    step,
    rate,
    beta1,
    beta2,
    epsilon,
    weightDecay,
    decoupled,
    gradientScale,
    clip,
  ) {
    const correction1 = 1 - beta1 ** step;
    const correction2 = 1 - beta2 ** step;
    for (let i = 0; i < parameter.length; i++) {
      const g = gradient[i] * gradientScale + (decoupled ? 0 : weightDecay * parameter[i]);
      m[i] = beta1 * m[i] + (1 - beta1) * g;
      v[i] = beta2 * v[i] + (1 - beta2) * g * g;
      const kept = parameter[i] * (decoupled ? 1 - rate * weightDecay : 1);
      parameter[i] = clamp(kept - (rate * (m[i] / correction1)) / (Math.sqrt(v[i] / correction2) + epsilon), clip);
    }
  },
};
