import type { Parameter } from '@onebit/nn';
import { copyValues, type tf } from '@onebit/ops';
import type { Statistics } from './metrics.js';

type Trained = readonly (readonly [string, Parameter])[];

/** Values of the latent weights before an update, for {@link statisticsOf}. */
export function latentValues(trained: Trained): Map<string, Float32Array> {
  return new Map(
    trained.filter(([, { role }]) => role === 'latent').map(([name, { variable }]) => [name, copyValues(variable)]),
  );
}

/** Compares latent weights before and after one update; `gradients` by parameter name. */
export function statisticsOf(
  before: ReadonlyMap<string, Float32Array>,
  trained: Trained,
  gradients: ReadonlyMap<string, tf.Tensor>,
): Statistics {
  const flipRate: Record<string, number> = {};
  const deadGradient: Record<string, number> = {};
  for (const [name, { variable }] of trained) {
    const old = before.get(name);
    if (old === undefined) continue;
    flipRate[name] = flippedShare(old, variable.dataSync() as Float32Array);
    const gradient = gradients.get(name);
    if (gradient !== undefined) deadGradient[name] = zeroShare(gradient.dataSync() as Float32Array);
  }
  return { flipRate, deadGradient };
}

/** Share of places whose binary value, `sign(x) = +1` for x >= 0, differs. */
function flippedShare(a: Float32Array, b: Float32Array): number {
  let flips = 0;
  for (let i = 0; i < a.length; i++) if (a[i] >= 0 !== b[i] >= 0) flips++;
  return flips / Math.max(1, a.length);
}

function zeroShare(values: Float32Array): number {
  let zeros = 0;
  for (const value of values) if (value === 0) zeros++;
  return zeros / Math.max(1, values.length);
}
