import { OnebitError, unknownName } from '@onebit/common';
import { magnitudeAware } from '../binarizers/filter-slopes.js';
import { realActivation, realWeight } from '../binarizers/real.js';
import { type SignActivation, type SignActivationParts, signActivation } from '../binarizers/sign-activation.js';
import { type SignWeight, type SignWeightParts, signWeight } from '../binarizers/sign-weight.js';
import { activationGradients } from './activation-gradients.js';
import type { Method, MethodOption } from './method.js';

/** Options that every method has. */
const commonOptions: Readonly<Record<string, MethodOption>> = {
  padValue: oneOf([-1, 0, 1], (method, padValue) => ({ ...method, padValue })),
  clip: {
    accepts: 'a positive number or "none"',
    apply: (method, value) => {
      if (value === 'none') return { ...method, clip: undefined };
      return typeof value === 'number' && value > 0 ? { ...method, clip: value } : undefined;
    },
  },
  weights: oneOf(['binary', 'real'], (method, weights) =>
    weights === 'binary' ? method : { ...method, weight: realWeight, clip: undefined },
  ),
  activations: oneOf(['binary', 'real'], (method, activations) =>
    activations === 'binary' ? method : { ...method, activation: realActivation },
  ),
  activationGradient: {
    accepts: `one of ${Object.keys(activationGradients).join(', ')}, for activations that are one sign`,
    apply: (method, value) => {
      if (!isSignActivation(method.activation) || !Object.hasOwn(activationGradients, String(value))) return undefined;
      const activation = activationGradients[String(value)](method.activation.parts);
      return activation && { ...method, activation };
    },
  },
};

/** Gradients of {@link signWeightOptions} by name: those of the quantizer, and the magnitude-aware one of Bi-Real Net's paper. */
export const weightGradients = {
  identity: { gradient: 'identity' },
  clip: { gradient: 'clip' },
  'scale-chain': { gradient: 'scale-chain' },
  magnitude: { gradient: 'clip', estimator: magnitudeAware },
} satisfies Record<string, Partial<SignWeightParts>>;

/** Options of methods whose weights are one sign with a scale. */
export const signWeightOptions: Readonly<Record<string, MethodOption>> = {
  weightScale: oneOf(['none', 'filter-mean', 'layer-mean'], (method, scale) => withWeight(method, { scale })),
  weightGradient: weightGradientOption(weightGradients),
};

/** The option that chooses among gradients of sign weights. */
export function weightGradientOption(gradients: Readonly<Record<string, Partial<SignWeightParts>>>): MethodOption {
  return oneOf(Object.keys(gradients), (method, name) => withWeight(method, gradients[name]));
}

/** 0 copies PyTorch's sign for parity with released code; such a layer has no packed form. */
export const signOfZeroOption: Readonly<Record<string, MethodOption>> = {
  signOfZero: oneOf([0, 1], (method, signOfZero) => withActivation(withWeight(method, { signOfZero }), { signOfZero })),
};

/** An option that takes one of a few values. */
export function oneOf<const T extends string | number | boolean>(
  values: readonly T[],
  apply: (method: Method, value: T) => Method,
): MethodOption {
  return {
    accepts: values.map((value) => JSON.stringify(value)).join(', '),
    apply: (method, value) => ((values as readonly unknown[]).includes(value) ? apply(method, value as T) : undefined),
  };
}

/** An option that takes a whole number from 1 on. */
export function wholeNumber(most: number, apply: (method: Method, value: number) => Method): MethodOption {
  return {
    accepts: `a whole number from 1 to ${most}`,
    apply: (method, value) => {
      const fits = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;
      return fits ? apply(method, value) : undefined;
    },
  };
}

/** An option that takes a number above 0. */
export function positive(apply: (method: Method, value: number) => Method): MethodOption {
  return {
    accepts: 'a number above 0',
    apply: (method, value) => (typeof value === 'number' && value > 0 ? apply(method, value) : undefined),
  };
}

/** The method with parts of its sign weights replaced. */
export function withWeight(method: Method, parts: Partial<SignWeightParts>): Method {
  return isSignWeight(method.weight) ? { ...method, weight: signWeight({ ...method.weight.parts, ...parts }) } : method;
}

/** The method with parts of its sign activations replaced. */
export function withActivation(method: Method, parts: Partial<SignActivationParts>): Method {
  const { activation } = method;
  return isSignActivation(activation)
    ? { ...method, activation: signActivation({ ...activation.parts, ...parts }) }
    : method;
}

export function isSignWeight(weight: Method['weight']): weight is SignWeight {
  return (weight as Partial<SignWeight>).kind === 'sign';
}

export function isSignActivation(activation: Method['activation']): activation is SignActivation {
  return (activation as Partial<SignActivation>).kind === 'sign';
}

/** What a plan may say of a method: every option with the values it accepts. */
export function optionsOf(method: Method): Readonly<Record<string, MethodOption>> {
  return { ...commonOptions, ...method.options };
}

/**
 * A method with some of its parts replaced.
 * @throws OnebitError ERR_UNKNOWN_NAME for an option that the method has not, ERR_RECIPE for a value it does not accept or a combination without meaning;
 * each lists what would be accepted.
 */
export function withOptions(method: Method, options: Readonly<Record<string, unknown>>, where = method.name): Method {
  const known = optionsOf(method);
  let changed = method;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(known, name)) throw unknownName(where, name, Object.keys(known));
    const next = known[name].apply(changed, value);
    if (next === undefined) {
      throw new OnebitError(
        'ERR_RECIPE',
        `${where}: ${name} must be ${known[name].accepts}, got ${JSON.stringify(value)}`,
      );
    }
    changed = next;
  }
  refuseMeaningless(options, where);
  return changed;
}

/** Options of binary weights, and of binary activations, say nothing about real ones. */
function refuseMeaningless(options: Readonly<Record<string, unknown>>, where: string): void {
  const pairs = [
    { side: 'weights', needs: ['clip', 'weightScale', 'weightGradient', 'centreWeights'] },
    { side: 'activations', needs: ['activationScale', 'activationGradient'] },
  ];
  for (const { side, needs } of pairs) {
    if (options[side] !== 'real') continue;
    const given = needs.filter((name) => options[name] !== undefined && options[name] !== 'none');
    if (given.length === 0) continue;
    throw new OnebitError(
      'ERR_RECIPE',
      `${where}: ${given.join(', ')} need binary ${side}, got ${side}: "real"; leave ${given.length > 1 ? 'them' : 'it'} out, or say ${side}: "binary"`,
    );
  }
}
