import { buildBackbone } from '../options.js';
import type { CellPlan } from './cell.js';
import { CellNet, type CellNetOptions } from './cell-net.js';
import { type CellNode, checkGenotype, type Genotype } from './genotype.js';
import { placeOperation } from './operation.js';

export interface CellsOptions extends CellNetOptions {
  /** Default: two residual 3x3 convolutions one after another in every cell. */
  readonly genotype?: Genotype;
}

/** Two residual 3x3 convolutions one after another, as in ResNet, each beside the map in front of it. */
const defaultGenotype: Genotype = {
  normal: [
    [
      { from: 0, operation: 'skip' },
      { from: 1, operation: 'conv3' },
    ],
    [
      { from: 1, operation: 'skip' },
      { from: 2, operation: 'conv3' },
    ],
  ],
  reduction: [
    [
      { from: 0, operation: 'max-pool' },
      { from: 1, operation: 'conv3' },
    ],
    [
      { from: 1, operation: 'max-pool' },
      { from: 2, operation: 'conv3' },
    ],
  ],
};

/**
 * A network of cells, float or binary as the plan says: what a search of cells finds (DARTS, Liu et al. 2019, arXiv 1806.09055, with binary convolutions as in BNAS, Chen et al. 2020,
 * arXiv 1911.10862; training-strategies.md section 14). Children and maps as {@link CellNet}.
 * @throws OnebitError ERR_RECIPE for a genotype that is none
 */
export function cells(options: CellsOptions = {}): CellNet {
  const { genotype = defaultGenotype } = options;
  checkGenotype('cells: genotype', genotype);
  const plans = { normal: planOf(genotype.normal), reduction: planOf(genotype.reduction) };
  return buildBackbone('cells', options, (builder) => new CellNet('cells', builder, plans, options));
}

function planOf(nodes: readonly CellNode[]): CellPlan {
  return nodes.map((edges) =>
    edges.map(({ from, operation }) => ({
      from,
      place: (builder, input) => placeOperation(builder, operation, input),
    })),
  );
}
