import type { OptimizerKernels } from '../../native/vector/optimizer.js';

function clamp(value: number, clip: number): number {
  return clip > 0 ? Math.min(Math.max(value, -clip), clip) : value;
}

/** Plain loops: the definition of {@link OptimizerKernels}. Arguments are not checked. */
export const optimizerReference: OptimizerKernels = {
  sgdUpdate(parameters, gradients, velocities, settings, momentum, nesterov, gradientScale) {
    for (const [k, parameter] of parameters.entries()) {
      const [rate, weightDecay, clip] = settings.subarray(k * 3);
      for (let i = 0; i < parameter.length; i++) {
        const g = gradients[k][i] * gradientScale + weightDecay * parameter[i];
        let step = g;
        if (momentum !== 0) {
          const velocity = velocities[k];
          velocity[i] = momentum * velocity[i] + g;
          step = nesterov ? g + momentum * velocity[i] : velocity[i];
        }
        parameter[i] = clamp(parameter[i] - rate * step, clip);
      }
    }
  },
  adamUpdate(
    parameters,
    gradients,
    firstMoments,
    secondMoments,
    settings,
    beta1,
    beta2,
    epsilon,
    decoupled,
    gradientScale,
  ) {
    for (const [k, parameter] of parameters.entries()) {
      const [rate, weightDecay, clip, step] = settings.subarray(k * 4);
      const [m, v] = [firstMoments[k], secondMoments[k]];
      const [correction1, correction2] = [1 - beta1 ** step, 1 - beta2 ** step];
      for (let i = 0; i < parameter.length; i++) {
        const g = gradients[k][i] * gradientScale + (decoupled ? 0 : weightDecay * parameter[i]);
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        const kept = parameter[i] * (decoupled ? 1 - rate * weightDecay : 1);
        parameter[i] = clamp(kept - (rate * (m[i] / correction1)) / (Math.sqrt(v[i] / correction2) + epsilon), clip);
      }
    }
  },
  averageUpdate(averages, values, amount) {
    for (const [k, average] of averages.entries()) {
      for (let i = 0; i < average.length; i++) average[i] += amount * (values[k][i] - average[i]);
    }
  },
};
