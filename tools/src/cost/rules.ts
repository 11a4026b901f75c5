import { type Cost, memoryRules, operationRules } from '@onebit/nn';

/** One number of a model with the rule that made it. */
export interface RuledNumber {
  readonly rule: string;
  readonly about: string;
  readonly value: number;
  /** In millions, as papers print it and a digit more: `33.298 Mbit` of a memory rule, `163.985 M` of the others. */
  readonly text: string;
}

/** What a model takes by every rule. */
export interface RuledCost {
  /** Bits of the packed model. */
  readonly memory: readonly RuledNumber[];
  readonly operations: readonly RuledNumber[];
}

export function byRules(total: Cost): RuledCost {
  return { memory: measured(memoryRules, total, 'Mbit'), operations: measured(operationRules, total, 'M') };
}

function measured(rules: typeof memoryRules | typeof operationRules, total: Cost, unit: string): RuledNumber[] {
  return Object.entries(rules).map(([rule, { about, measure }]) => {
    const value = measure(total);
    return { rule, about, value, text: `${(value / 1e6).toFixed(3)} ${unit}` };
  });
}
