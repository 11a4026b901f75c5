import { OnebitError } from '@onebit/common';
import type { CommandInput, Options } from '../../cli/command.js';

/** What `onebit search widths` takes beside what all searches do. */
export const widthsOptions = {
  choices: {
    type: 'string',
    placeholder: 'LIST',
    description: 'widths: multipliers that a stage may have (default 0.5,0.75,1,1.25,1.5)',
  },
  budget: {
    type: 'string',
    placeholder: 'LOW-HIGH',
    description: 'widths: million operations by the rule bireal, e.g. 5-15 (default: all)',
  },
  monotone: { type: 'boolean', description: 'widths: no stage may have a smaller multiplier than the one before' },
  steps: { type: 'number', placeholder: 'N', description: 'widths: steps of the supernet (default 300)' },
  random: { type: 'number', placeholder: 'N', description: 'widths: random networks in each step (default 1)' },
  'held-out': {
    type: 'number',
    placeholder: 'N',
    description: 'widths: training pictures that candidates are measured on, not trained on (default 2000)',
  },
  recalibrate: {
    type: 'number',
    placeholder: 'N',
    description: "widths: batches for a candidate's running statistics (default 4)",
  },
  initial: { type: 'number', placeholder: 'N', description: 'widths: candidates before the first round (default 24)' },
  rounds: { type: 'number', placeholder: 'N', description: 'widths: rounds of the evolution (default 3)' },
  offspring: {
    type: 'number',
    placeholder: 'N',
    description: 'widths: mutations, and as many cross-overs, of each round (default 8)',
  },
  mutation: { type: 'number', placeholder: 'P', description: 'widths: chance of a gene to mutate (default 0.3)' },
} as const satisfies Options;

/** The options of a width search, checked and with their defaults. */
export interface WidthsSettings {
  /** Multipliers, ascending. */
  readonly choices: readonly number[];
  /** Operations by the rule `bireal`; null for no bound. */
  readonly budget: readonly [low: number, high: number] | null;
  readonly monotone: boolean;
  readonly steps: number;
  readonly random: number;
  readonly heldOut: number;
  readonly recalibrate: number;
  readonly initial: number;
  readonly rounds: number;
  readonly offspring: number;
  readonly mutation: number;
}

/** @throws OnebitError ERR_USAGE for the first option that cannot be. */
export function widthsSettings(options: CommandInput<typeof widthsOptions>['options']): WidthsSettings {
  const { choices = '0.5,0.75,1,1.25,1.5', budget, monotone = false, mutation = 0.3 } = options;
  if (!(mutation > 0 && mutation <= 1)) throw wrong('mutation', 'a number above 0 and at most 1', mutation);
  return {
    choices: parseChoices(choices),
    budget: budget === undefined ? null : parseBudget(budget),
    monotone,
    steps: whole('steps', options.steps, 300, 1),
    random: whole('random', options.random, 1, 0),
    heldOut: whole('held-out', options['held-out'], 2000, 1),
    recalibrate: whole('recalibrate', options.recalibrate, 4, 1),
    initial: whole('initial', options.initial, 24, 1),
    rounds: whole('rounds', options.rounds, 3, 0),
    offspring: whole('offspring', options.offspring, 8, 1),
    mutation,
  };
}

function whole(name: string, value: number | undefined, fallback: number, least: number): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= least) return value;
  throw wrong(name, `a whole number of at least ${least}`, value);
}

function parseChoices(text: string): number[] {
  const numbers = [...new Set(text.split(',').map(Number))].sort((a, b) => a - b);
  if (numbers.length >= 2 && numbers.every((value) => value > 0 && value <= 8)) return numbers;
  throw wrong('choices', 'at least two different multipliers above 0 and at most 8, such as 0.5,1,1.5', text);
}

function parseBudget(text: string): [number, number] {
  const [, low, high] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (high !== undefined && Number(low) < Number(high)) return [Number(low) * 1e6, Number(high) * 1e6];
  throw wrong('budget', 'LOW-HIGH in million operations with LOW below HIGH, such as 5-15', text);
}

function wrong(name: string, expected: string, found: unknown): OnebitError {
  return new OnebitError('ERR_USAGE', `onebit search widths: --${name} must be ${expected}, got ${found}`);
}
