import type { Method } from './method.js';
import { isSignActivation, isSignWeight } from './options.js';

/** Known traps in a combination of parts, one sentence each; empty for a sound one. A command prints them before training starts. */
export function methodWarnings(method: Method): string[] {
  return [...clipWarnings(method), ...packingWarnings(method)];
}

function clipWarnings({ name, weight, clip }: Method): string[] {
  if (!isSignWeight(weight) || weight.parts.prepare !== undefined) return [];
  const { gradient, estimator } = weight.parts;
  const masked = gradient === 'clip' || (estimator !== undefined && estimator.name !== 'identity');
  if (!masked) return [];
  if (clip === undefined) {
    return [
      `${name}: the weight gradient is zero outside [-1, 1] and latent weights are not clipped: a weight that leaves the interval never comes back. Set clip: 1.`,
    ];
  }
  return clip > 1 ? [`${name}: latent weights may grow to ${clip} but get no gradient beyond 1. Set clip: 1.`] : [];
}

function packingWarnings({ name, activation, weight, output }: Method): string[] {
  const warnings: string[] = [];
  if (output?.name === 'window-mean') {
    warnings.push(
      `${name}: the activation scale K depends on the pixel and can't be folded into batch normalisation; inference pays for it.`,
    );
  }
  if (output?.name.startsWith('trained-') && output.name !== 'trained-channel') {
    warnings.push(
      `${name}: scale "${output.name.slice('trained-'.length)}" holds for one size of the input; detectors and segmenters meet many. Set scale: "channel".`,
    );
  }
  const zero =
    (isSignActivation(activation) && activation.parts.signOfZero === 0) ||
    (isSignWeight(weight) && weight.parts.signOfZero === 0);
  if (zero) {
    warnings.push(
      `${name}: signOfZero 0 is for parity with released code only; a packed model can't represent a third value.`,
    );
  }
  return warnings;
}
