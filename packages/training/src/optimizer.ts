import { OnebitError, type TensorData, unknownName } from '@onebit/common';
import { type Parameter, readTensors } from '@onebit/nn';
import { adamUpdate, sgdUpdate, tf } from '@onebit/ops';
import type { OptimizerState } from './checkpoint.js';
import { type ParameterGroup, type ParameterSettings, resolveGroups } from './parameter-groups.js';
import { assignData } from './tensors.js';

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
}

export type OptimizerConfig = SgdConfig | AdamConfig;

const kinds: readonly OptimizerConfig['kind'][] = ['sgd', 'adam', 'adamw'];
const slotNames = { sgd: ['velocity'], adam: ['firstMoment', 'secondMoment'] } as const;

interface Entry {
  readonly parameter: Parameter;
  readonly settings: ParameterSettings;
  readonly slots: Record<string, tf.Variable>;
  /** Updates this parameter has had; a parameter that joins later starts its bias correction at 1. */
  updates: number;
}

/** Updates parameters in place. All state is keyed by parameter name, so that parameters may come and go between stages without mixing moments. */
export class Optimizer {
  /** The parameters that are trained, in order of definition. */
  readonly trained: readonly (readonly [string, Parameter])[];
  private readonly entries: Map<string, Entry>;
  private readonly slotNames: readonly string[];

  /**
   * @param parameters all parameters of the model; those that are frozen, by themselves or by a group, are left alone.
   * @throws OnebitError ERR_RECIPE or ERR_UNKNOWN_NAME
   */
  constructor(
    parameters: readonly (readonly [string, Parameter])[],
    private readonly config: OptimizerConfig,
  ) {
    checkConfig(config);
    this.slotNames = config.kind === 'sgd' ? (config.momentum === 0 ? [] : slotNames.sgd) : slotNames.adam;
    const settings = resolveGroups(parameters, config.weightDecay ?? 0, config.groups);
    this.trained = parameters.filter(([name]) => !settings.get(name)!.frozen);
    if (this.trained.length === 0) {
      throw new OnebitError(
        'ERR_RECIPE',
        `optimizer: all ${parameters.length} parameters are frozen: there is nothing to train`,
      );
    }
    this.entries = new Map(
      this.trained.map(([name, parameter]) => {
        const slots = this.emptySlots(parameter);
        return [name, { parameter, settings: settings.get(name)!, slots, updates: 0 }];
      }),
    );
  }

  /**
   * One update of every parameter that has a gradient, then the clip of latent weights.
   * @param scale factor on all gradients, from clipping by global norm.
   */
  step(gradients: ReadonlyMap<string, tf.Tensor>, rate: number, scale = 1): void {
    const parameters = [...this.entries].flatMap(([name, entry]) => {
      const gradient = gradients.get(name);
      if (gradient === undefined) return [];
      const { parameter, settings, slots } = entry;
      return {
        variable: parameter.variable,
        gradient,
        learningRate: rate * settings.rateFactor,
        weightDecay: settings.weightDecay,
        clip: parameter.clip,
        step: ++entry.updates,
        velocity: slots.velocity,
        firstMoment: slots.firstMoment,
        secondMoment: slots.secondMoment,
      };
    });
    if (this.config.kind === 'sgd') {
      const { momentum = 0.9, nesterov } = this.config;
      sgdUpdate(parameters, { momentum, nesterov, gradientScale: scale });
    } else {
      const { kind, beta1, beta2, epsilon } = this.config;
      adamUpdate(parameters, { beta1, beta2, epsilon, decoupled: kind === 'adamw', gradientScale: scale });
    }
  }

  async state(): Promise<OptimizerState> {
    const entries = [...this.entries];
    const slots = this.slotNames.map(async (slot) => {
      const tensors = entries.map(([name, entry]) => [name, entry.slots[slot]] as const);
      return [slot, await readTensors(tensors)] as const;
    });
    return {
      slots: new Map(await Promise.all(slots)),
      updates: Object.fromEntries(entries.map(([name, { updates }]) => [name, updates])),
    };
  }

  /** Takes over the moments of every parameter that both sides know by name and size; the others start afresh. */
  load(state: OptimizerState): void {
    for (const [name, entry] of this.entries) {
      const stored = this.slotNames.map((slot) => state.slots.get(slot)?.get(name));
      const fits = (tensor: TensorData | undefined) => tensor?.data.length === entry.parameter.size;
      if (!(name in state.updates) || !stored.every(fits)) continue;
      entry.updates = state.updates[name];
      for (const [i, slot] of this.slotNames.entries()) assignData(entry.slots[slot], stored[i]!);
    }
  }

  dispose(): void {
    for (const { slots } of this.entries.values()) tf.dispose(slots);
  }

  private emptySlots({ variable }: Parameter): Record<string, tf.Variable> {
    const zeros = () => tf.tidy(() => tf.variable(tf.zeros(variable.shape), false));
    return Object.fromEntries(this.slotNames.map((slot) => [slot, zeros()]));
  }
}

function checkConfig(config: OptimizerConfig): void {
  if (!kinds.includes(config.kind)) throw unknownName('optimizer.kind', String(config.kind), kinds);
  const inUnit = (name: string, value: number | undefined) => {
    if (value !== undefined && !(value >= 0 && value < 1)) {
      throw new OnebitError('ERR_RECIPE', `optimizer.${name} must be in [0, 1), got ${value}`);
    }
  };
  const atLeast0 = (name: string, value: number | undefined) => {
    if (value !== undefined && !(value >= 0 && Number.isFinite(value))) {
      throw new OnebitError('ERR_RECIPE', `optimizer.${name} must be a number of 0 or more, got ${value}`);
    }
  };
  atLeast0('weightDecay', config.weightDecay);
  if (config.kind === 'sgd') {
    inUnit('momentum', config.momentum);
    if (config.nesterov && config.momentum === 0) {
      throw new OnebitError('ERR_RECIPE', 'optimizer.nesterov needs a momentum greater than 0');
    }
  } else {
    inUnit('beta1', config.beta1);
    inUnit('beta2', config.beta2);
    atLeast0('epsilon', config.epsilon);
  }
}
