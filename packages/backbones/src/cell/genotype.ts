import { OnebitError, unknownName } from '@onebit/common';

/** Operations that an edge of a cell may have; convolutions are in the precision of the plan, `dilated3` has dilation 2. */
export const cellOperations = ['skip', 'max-pool', 'avg-pool', 'conv3', 'conv5', 'dilated3'] as const;
/** See {@link cellOperations}. */
export type CellOperation = (typeof cellOperations)[number];

/** An edge of a cell: the map it reads, 0 and 1 being the inputs of the cell and 2 its first node, and what it does with it. */
export interface CellEdge {
  readonly from: number;
  readonly operation: CellOperation;
}

/** The two edges whose results a node adds. */
export type CellNode = readonly [CellEdge, CellEdge];

/** Both kinds of cells: `normal` keeps the size, `reduction` halves it. */
export const cellKinds = ['normal', 'reduction'] as const;
/** See {@link cellKinds}. */
export type CellKind = (typeof cellKinds)[number];

/** A cell of each kind, as plain data. Nodes read the inputs of the cell and nodes before them; the cell's output is the concatenation of all nodes. */
export type Genotype = Readonly<Record<CellKind, readonly CellNode[]>>;

/** Maps that a node may read beside the nodes before it: the outputs of the two cells in front. */
export const cellInputs = 2;

/**
 * Insists on a genotype that a network can be built of.
 * @throws OnebitError ERR_RECIPE, or ERR_UNKNOWN_NAME for an operation
 */
export function checkGenotype(where: string, genotype: Genotype): void {
  for (const kind of cellKinds) {
    const nodes = genotype[kind];
    if (nodes.length === 0) throw new OnebitError('ERR_RECIPE', `${where}.${kind}: a cell must have at least one node`);
    for (const [index, edges] of nodes.entries()) checkNode(`${where}.${kind}[${index}]`, index, edges);
  }
}

function checkNode(where: string, index: number, edges: readonly CellEdge[]): void {
  for (const { operation } of edges) {
    if (!cellOperations.includes(operation)) throw unknownName(`${where}: operation`, operation, cellOperations);
  }
  const sources = edges.map(({ from }) => from);
  const last = cellInputs + index - 1;
  const known = sources.every((from) => Number.isInteger(from) && from >= 0 && from <= last);
  if (known && sources.length === 2 && sources[0] !== sources[1]) return;
  throw new OnebitError(
    'ERR_RECIPE',
    `${where}: must have two edges from different maps, 0 and 1 (the inputs of the cell) to ${last}, got edges from ${sources.join(', ') || 'nothing'}`,
  );
}
