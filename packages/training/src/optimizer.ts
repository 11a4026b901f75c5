import { OnebitError, type TensorData } from '@onebit/common';
import { type Parameter, readTensors } from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { OptimizerState } from './checkpoint.js';
import { checkPart, type OptimizerChoice, ownSchedule, partsOf } from './optimizer-config.js';
import { type NamedParameters, type ParameterSettings, partition, resolveGroups } from './parameter-groups.js';
import { type Schedule, scheduleAt } from './schedule.js';
import { assignData } from './tensors.js';
import type { UpdateRule } from './update-rule.js';
import { updateRule } from './update-rules.js';

/** What is kept of one trained parameter. */
interface Entry {
  readonly parameter: Parameter;
  readonly settings: ParameterSettings;
  readonly slots: Record<string, tf.Variable>;
  /** Updates this parameter has had; a parameter that joins later starts its bias correction at 1. */
  updates: number;
}

/** The parameters that one rule updates. */
interface Part {
  readonly rule: UpdateRule;
  readonly schedule: Schedule | undefined;
  readonly entries: ReadonlyMap<string, Entry>;
}

/**
 * Updates parameters in place, by one rule or by several side by side. All state is keyed by parameter name, so that parameters may come and go between
 * stages without mixing moments.
 */
export class Optimizer {
  /** The parameters that are trained, in order of definition. */
  readonly trained: NamedParameters;
  private readonly parts: readonly Part[];
  private readonly inTurn: boolean;

  /**
   * @param parameters all parameters of the model; those that are frozen, by themselves or by a group, are left alone.
   * @throws OnebitError ERR_RECIPE or ERR_UNKNOWN_NAME
   */
  constructor(parameters: NamedParameters, choice: OptimizerChoice) {
    const parts = partsOf(choice);
    for (const { where, part } of parts) checkPart(where, part);
    const selected = partition(parameters, parts);
    const planned = parts.map(({ where, part }, i) => {
      const decay = part.kind === 'bop' ? 0 : (part.weightDecay ?? 0);
      const settings = resolveGroups(where, selected[i], decay, part.groups);
      const trained = selected[i].filter(([name]) => !settings.get(name)!.frozen);
      return { rule: updateRule(part), schedule: ownSchedule(part), trained, settings };
    });
    this.inTurn = choice.kind === 'several' && choice.inTurn === true;
    const names = new Set(planned.flatMap(({ trained }) => trained.map(([name]) => name)));
    this.trained = parameters.filter(([name]) => names.has(name));
    if (names.size === 0) {
      throw new OnebitError(
        'ERR_RECIPE',
        `optimizer: all ${parameters.length} parameters are frozen: there is nothing to train`,
      );
    }
    for (const { rule, trained, settings } of planned) {
      for (const [name, parameter] of trained) {
        checkCurvature(rule, name, parameter);
        rule.prepare?.(name, parameter, settings.get(name)!);
      }
    }
    this.parts = planned.map(({ rule, schedule, trained, settings }) => {
      const entry = (name: string, parameter: Parameter): Entry => {
        return { parameter, settings: settings.get(name)!, slots: emptySlots(rule, parameter), updates: 0 };
      };
      return { rule, schedule, entries: new Map(trained.map(([name, parameter]) => [name, entry(name, parameter)])) };
    });
  }

  /** The parameters that update `step` (from 0) of a run is for: all that are trained, or those of the part whose turn it is. */
  trainedAt(step: number): NamedParameters {
    if (!this.inTurn) return this.trained;
    const { entries } = this.parts[step % this.parts.length];
    return this.trained.filter(([name]) => entries.has(name));
  }

  /** The rate of every part at a step of a run: by its own schedule, else by that of the run. */
  ratesAt(schedule: Schedule, step: number, steps: number): number[] {
    return this.parts.map((part) => scheduleAt(part.schedule ?? schedule, step, steps));
  }

  /**
   * One update of every parameter that has a gradient, then the clip of latent weights.
   * @param rates one for each part, as `ratesAt` gives them, or one for all.
   * @param scale factor on all gradients, from clipping by global norm.
   */
  step(gradients: ReadonlyMap<string, tf.Tensor>, rates: number | readonly number[], scale = 1): void {
    for (const [i, { rule, entries }] of this.parts.entries()) {
      const rate = typeof rates === 'number' ? rates : rates[i];
      const updates = [...entries].flatMap(([name, entry]) => {
        const gradient = gradients.get(name);
        if (gradient === undefined) return [];
        const { parameter, settings, slots } = entry;
        const { rateFactor, weightDecay } = settings;
        return { parameter, gradient, rate: rate * rateFactor, weightDecay, slots, step: ++entry.updates };
      });
      if (updates.length > 0) rule.apply(updates, scale);
    }
  }

  async state(): Promise<OptimizerState> {
    const entries = this.entries;
    const slotNames = new Set(this.parts.flatMap(({ rule }) => rule.slots));
    const slots = Array.from(slotNames, async (slot) => {
      const tensors = entries.flatMap(([name, entry]): [string, tf.Variable][] =>
        slot in entry.slots ? [[name, entry.slots[slot]]] : [],
      );
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
      const stored = Object.keys(entry.slots).map((slot) => [slot, state.slots.get(slot)?.get(name)] as const);
      const fits = (tensor: TensorData | undefined) => tensor?.data.length === entry.parameter.size;
      if (!(name in state.updates) || !stored.every(([, tensor]) => fits(tensor))) continue;
      entry.updates = state.updates[name];
      for (const [slot, tensor] of stored) assignData(entry.slots[slot], tensor!);
    }
  }

  dispose(): void {
    for (const [, { slots }] of this.entries) tf.dispose(slots);
  }

  private get entries(): [string, Entry][] {
    return this.parts.flatMap(({ entries }) => [...entries]);
  }
}

function emptySlots({ slots }: UpdateRule, { variable }: Parameter): Record<string, tf.Variable> {
  const zeros = () => tf.tidy(() => tf.variable(tf.zeros(variable.shape), false));
  return Object.fromEntries(slots.map((slot) => [slot, zeros()]));
}

function checkCurvature({ slots }: UpdateRule, name: string, { curvature }: Parameter): void {
  if (curvature === undefined || slots.includes('secondMoment')) return;
  throw new OnebitError(
    'ERR_RECIPE',
    `optimizer: the layer of ${name} weighs its weights by the second moment of their gradients: train it with adam or adamw`,
  );
}
