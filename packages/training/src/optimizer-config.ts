import { OnebitError, unknownName } from '@onebit/common';
import type { ParameterGroup, ParameterSelection } from './parameter-groups.js';
import type { Schedule } from './schedule.js';

interface Common {
  /** Goes to parameters of role `weight`; see `groups` for others. Default 0. */
  readonly weightDecay?: number;
  readonly groups?: readonly ParameterGroup[];
}

/** Stochastic gradient descent as PyTorch's: `v = momentum v + g; w -= rate v`, Nesterov `w -= rate (g + momentum v)`. */
export interface SgdConfig extends Common {
  readonly kind: 'sgd';
  /** Default 0.9. */
  readonly momentum?: number;
  /** Default false. */
  readonly nesterov?: boolean;
}

/** Adam (arXiv 1412.6980) with coupled L2 decay, or AdamW (arXiv 1711.05101) with decoupled decay. */
export interface AdamConfig extends Common {
  readonly kind: 'adam' | 'adamw';
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8, PyTorch's; TensorFlow.js has 1e-7. */
  readonly epsilon?: number;
  /**
   * True: epsilon joins the root of the second moment before its bias correction (the paper's remark below algorithm 1; TensorFlow, Keras and LAB's
   * code do so) instead of after it, as in PyTorch. The two differ in early steps, for gradients that are not large against epsilon. Default false.
   */
  readonly epsilonHat?: boolean;
}

/**
 * Bop (Helwegen et al. 2019, arXiv 1906.02107, algorithm 1) for binary weights without latent ones: an average m of gradients, and a weight flips where
 * `w m` exceeds the threshold. Weights start from the sign of what they are. A scale of all gradients, such as clipping by norm, scales the threshold's meaning.
 */
export interface BopConfig extends Pick<Common, 'groups'> {
  readonly kind: 'bop';
  /** Weight of the newest gradient in the average (the paper's adaptivity rate), in (0, 1]; may follow a schedule. Default 1e-4. */
  readonly gamma?: number | Schedule;
  /** Default 1e-8, as larq has it; belongs to the size of the gradients. */
  readonly threshold?: number;
}

export type OptimizerConfig = SgdConfig | AdamConfig | BopConfig;

/** One of several optimizers of a run, with what it updates and its own rate. */
export type OptimizerPart = OptimizerConfig &
  ParameterSelection & {
    /** Its rate; default: the schedule of the run. Bop has none but `gamma`. */
    readonly schedule?: Schedule;
  };

/**
 * Several optimizers that step together, each with its own parameters, state and rate, such as Adam for latent weights and gradient descent for the rest
 * (QuickNet, arXiv 2011.09398). A parameter goes to the first part that selects it.
 */
export interface SeveralConfig {
  readonly kind: 'several';
  readonly parts: readonly OptimizerPart[];
  /** True: they take turns, update k is one of part `k % parts.length` alone, and only its parameters get gradients. Default false: all step together. */
  readonly inTurn?: boolean;
}

/** The optimizer of a run. */
export type OptimizerChoice = OptimizerConfig | SeveralConfig;

/** A choice as a list of parts with names for errors. */
export function partsOf(choice: OptimizerChoice): { readonly where: string; readonly part: OptimizerPart }[] {
  if (choice.kind !== 'several') return [{ where: 'optimizer', part: choice }];
  if (choice.parts.length === 0) throw new OnebitError('ERR_RECIPE', 'optimizer.parts must have at least one part');
  return choice.parts.map((part, i) => ({ where: `optimizer.parts[${i}]`, part }));
}

/** The schedule a part follows instead of the run's; Bop's gamma takes the place of a rate. */
export function ownSchedule(part: OptimizerPart): Schedule | undefined {
  if (part.kind !== 'bop') return part.schedule;
  const { gamma = 1e-4 } = part;
  return typeof gamma === 'number' ? { kind: 'constant', rate: gamma } : gamma;
}

const kinds: readonly OptimizerChoice['kind'][] = ['sgd', 'adam', 'adamw', 'bop', 'several'];

/** @throws OnebitError ERR_RECIPE, or ERR_UNKNOWN_NAME for the kind. */
export function checkPart(where: string, part: OptimizerPart): void {
  if (!kinds.includes(part.kind)) throw unknownName(`${where}.kind`, String(part.kind), kinds);
  const fail = (what: string) => {
    throw new OnebitError('ERR_RECIPE', `${where}.${what}`);
  };
  const inUnit = (name: string, value: number | undefined) => {
    if (value !== undefined && !(value >= 0 && value < 1)) fail(`${name} must be in [0, 1), got ${value}`);
  };
  const atLeast0 = (name: string, value: number | undefined) => {
    if (value !== undefined && !(value >= 0 && Number.isFinite(value))) {
      fail(`${name} must be a number of 0 or more, got ${value}`);
    }
  };
  if (part.kind === 'bop') {
    if ('weightDecay' in part || part.schedule)
      fail('kind bop has neither weightDecay nor schedule: set gamma and threshold');
    const { gamma = 1 } = part;
    const first = typeof gamma === 'number' ? gamma : gamma.rate;
    if (!(first > 0 && first <= 1)) fail(`gamma must be in (0, 1], got ${first}`);
    atLeast0('threshold', part.threshold);
    return;
  }
  atLeast0('weightDecay', part.weightDecay);
  if (part.kind === 'sgd') {
    inUnit('momentum', part.momentum);
    if (part.nesterov && part.momentum === 0) fail('nesterov needs a momentum greater than 0');
  } else {
    inUnit('beta1', part.beta1);
    inUnit('beta2', part.beta2);
    atLeast0('epsilon', part.epsilon);
  }
}
