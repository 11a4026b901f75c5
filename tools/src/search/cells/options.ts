import { OnebitError } from '@onebit/common';
import type { CommandInput, Options } from '../../cli/command.js';

/** What `onebit search cells` takes beside what all searches do. */
export const cellsOptions = {
  updates: {
    type: 'number',
    placeholder: 'N',
    description: 'cells: updates of the weights, and as many of alpha (default 1000)',
  },
  cells: {
    type: 'number',
    placeholder: 'N',
    description: 'cells: number of cells, searched and of the recipe (default 8)',
  },
  nodes: { type: 'number', placeholder: 'N', description: 'cells: nodes of a cell (default 4)' },
  sampling: {
    type: 'number',
    placeholder: 'K',
    description: 'cells: one of K channels goes through the operations (default 4; 1: all, as in DARTS)',
  },
  'alpha-rate': { type: 'number', placeholder: 'RATE', description: 'cells: learning rate of alpha (default 3e-4)' },
  keep: {
    type: 'number',
    placeholder: 'N',
    description: 'cells: first drop operations until N of 7 remain on every edge (default: keep all)',
  },
  'drop-updates': {
    type: 'number',
    placeholder: 'N',
    description: 'cells: updates of the weights before each operation that is dropped (default 100)',
  },
} as const satisfies Options;

/** The options of a search of cells, checked and with their defaults. */
export interface CellsSettings {
  readonly updates: number;
  readonly cells: number;
  readonly nodes: number;
  readonly sampling: number;
  readonly alphaRate: number;
  /** Operations that each edge has in the search by gradients. */
  readonly keep: number;
  readonly dropUpdates: number;
}

/** @throws OnebitError ERR_USAGE for the first option that cannot be. */
export function cellsSettings(
  options: CommandInput<typeof cellsOptions>['options'],
  operations: number,
): CellsSettings {
  const alphaRate = options['alpha-rate'] ?? 3e-4; // DARTS' code
  if (!(alphaRate > 0 && alphaRate <= 1)) throw wrong('alpha-rate', 'a number above 0 and at most 1', alphaRate);
  return {
    updates: whole('updates', options.updates ?? 1000, 1),
    cells: whole('cells', options.cells ?? 8, 3),
    nodes: whole('nodes', options.nodes ?? 4, 1),
    sampling: whole('sampling', options.sampling ?? 4, 1),
    alphaRate,
    keep: whole('keep', options.keep ?? operations, 2, operations),
    dropUpdates: whole('drop-updates', options['drop-updates'] ?? 100, 1),
  };
}

function whole(name: string, value: number, least: number, most = Number.POSITIVE_INFINITY): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
  throw wrong(name, `a whole number ${range}`, value);
}

function wrong(name: string, expected: string, found: unknown): OnebitError {
  return new OnebitError('ERR_USAGE', `onebit search cells: --${name} must be ${expected}, got ${found}`);
}
