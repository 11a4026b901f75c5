import {
  type CellEdge,
  type CellKind,
  type CellNode,
  type CellOperation,
  cellInputs,
  cellKinds,
  cellOperations,
  type Genotype,
} from './genotype.js';

/** What an edge of a searched cell may come to have; `none` gives zeros. */
export type SearchOperation = CellOperation | 'none';

/** An edge of a searched cell, the same in all cells of its kind. */
export interface EdgePlace {
  readonly kind: CellKind;
  readonly node: number;
  readonly from: number;
}

/** An edge with the operations it may have. */
export interface EdgeChoice extends EdgePlace {
  readonly operations: readonly SearchOperation[];
}

/** An edge with what the search gives each of its operations. */
export interface WeighedEdge extends EdgeChoice {
  /** One number for each operation, such as its part of the softmax. */
  readonly weights: readonly number[];
}

/** Every operation on every edge between the inputs and `nodes` nodes, in both kinds of cells. */
export function wholeSpace(nodes: number): EdgeChoice[] {
  const operations: readonly SearchOperation[] = ['none', ...cellOperations];
  return cellKinds.flatMap((kind) =>
    Array.from({ length: nodes }, (_, node) => node).flatMap((node) =>
      Array.from({ length: cellInputs + node }, (_, from) => ({ kind, node, from, operations })),
    ),
  );
}

/** The name of an edge in the tree of modules and in tables, `normal.node0.from1`. */
export function edgeName({ kind, node, from }: EdgePlace): string {
  return `${kind}.node${node}.from${from}`;
}

/**
 * The cells that the weights of a search speak for: of every edge the strongest operation other than `none`, of every node the two strongest such edges (DARTS, Liu et al. 2019,
 * arXiv 1806.09055, section 2.4). Of equal ones the first counts.
 */
export function deriveGenotype(edges: readonly WeighedEdge[]): Genotype {
  const cell = (kind: CellKind): CellNode[] => {
    const own = edges.filter((edge) => edge.kind === kind);
    const nodes = 1 + Math.max(...own.map(({ node }) => node));
    return Array.from({ length: nodes }, (_, node) => strongestTwo(own.filter((edge) => edge.node === node)));
  };
  return { normal: cell('normal'), reduction: cell('reduction') };
}

function strongestTwo(edges: readonly WeighedEdge[]): CellNode {
  const best = edges
    .map(strongestOperation)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, 2)
    .map(({ from, operation }): CellEdge => ({ from, operation }));
  const [first, second] = best.sort((a, b) => a.from - b.from);
  return [first, second];
}

function strongestOperation({ from, operations, weights }: WeighedEdge) {
  const candidates = operations.flatMap((operation, i) =>
    operation === 'none' ? [] : [{ from, operation, weight: weights[i] }],
  );
  return candidates.reduce((best, each) => (each.weight > best.weight ? each : best));
}
