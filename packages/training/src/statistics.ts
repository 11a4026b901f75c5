import type { Parameter } from '@onebit/nn';
import { copyValues, type tf } from '@onebit/ops';
import type { Statistics } from './metrics.js';

type Trained = readonly (readonly [string, Parameter])[];

/** Values of the latent weights before an update, for {@link statisticsOf}. */
export async function latentValues(trained: Trained): Promise<Map<string, Float32Array>> {
  const values = trained
    .filter(([, { role }]) => role === 'latent')
    .map(async ([name, { variable }]) => [name, await copyValues(variable)] as const);
  return new Map(await Promise.all(values));
}

/** Compares latent weights before and after one update; `gradients` by parameter name. */
export async function statisticsOf(
  before: ReadonlyMap<string, Float32Array>,
  trained: Trained,
  gradients: ReadonlyMap<string, tf.Tensor>,
): Promise<Statistics> {
  const flipRate: Record<string, number> = {};
  const deadGradient: Record<string, number> = {};
  for (const [name, { variable }] of trained) {
    const old = before.get(name);
    if (old === undefined) continue;
    flipRate[name] = flippedShare(old, await variable.data<'float32'>());
    const gradient = gradients.get(name);
    if (gradient !== undefined) deadGradient[name] = zeroShare(await gradient.data<'float32'>());
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
