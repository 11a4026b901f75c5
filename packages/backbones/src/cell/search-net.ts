import type { ModuleBuilder } from '@onebit/nn';
import { type ForwardContext, readTensors } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { Backbone, type FeatureInfo, type FeatureMaps } from '../backbone.js';
import { buildBackbone } from '../options.js';
import type { CellPlan } from './cell.js';
import { CellNet, type CellNetOptions } from './cell-net.js';
import type { CellKind } from './genotype.js';
import { MixedEdge, type SharedChoice } from './mixed-edge.js';
import { type EdgeChoice, edgeName, type WeighedEdge, wholeSpace } from './space.js';

export interface SearchNetOptions extends CellNetOptions {
  /** All edges of both kinds of cells with their operations; default: four nodes with every operation on every edge. */
  readonly space?: readonly EdgeChoice[];
  /** One of so many channels goes through the operations. Default 4, as PC-DARTS; 1 is DARTS. */
  readonly sampling?: number;
}

/** A network whose cells are searched, see {@link SearchNet}. */
export function searchNet(options: SearchNetOptions = {}): SearchNet {
  return buildBackbone('searchNet', options, (builder) => new SearchNet(builder, options));
}

/**
 * Cells whose edges have all operations at once, mixed by numbers that are trained: `alpha.normal.node0.from0` `[operations]` ..., shared by all cells of a kind. They begin with zeros, every
 * operation alike. The network itself is `net`.
 */
export class SearchNet extends Backbone {
  readonly featureInfo: readonly FeatureInfo[];
  readonly #edges: readonly (EdgeChoice & SharedChoice)[];
  readonly #net: CellNet;

  constructor(builder: ModuleBuilder, options: SearchNetOptions) {
    super();
    const { space = wholeSpace(4), sampling = 4 } = options;
    this.#edges = space.map((edge) => {
      const { length } = edge.operations;
      return {
        ...edge,
        alpha: this.parameter(`alpha.${edgeName(edge)}`, [length], new Float32Array(length), { role: 'weight' }),
      };
    });
    const plans = { normal: this.#planOf('normal', sampling), reduction: this.#planOf('reduction', sampling) };
    this.#net = this.child('net', new CellNet('searchNet', builder.scope('net'), plans, options));
    this.featureInfo = this.#net.featureInfo;
  }

  /** The edges that are searched, in order of definition. */
  get edges(): readonly EdgeChoice[] {
    return this.#edges;
  }

  /** Has only one operation on each edge, by its position, in the order of {@link edges}; undefined: all, mixed. */
  draw(positions: readonly number[] | undefined): void {
    for (const [i, edge] of this.#edges.entries()) edge.drawn = positions?.[i];
  }

  /** The part of the softmax that each operation of each edge has. */
  async weights(): Promise<WeighedEdge[]> {
    const parts = this.#edges.map((edge) => [edgeName(edge), tf.softmax(edge.alpha.variable)] as const);
    const values = await readTensors(parts);
    tf.dispose(parts.map(([, tensor]) => tensor));
    return this.#edges.map(({ kind, node, from, operations }) => {
      const { data = [] } = values.get(edgeName({ kind, node, from })) ?? {};
      return { kind, node, from, operations, weights: Array.from(data) };
    });
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): FeatureMaps {
    return this.#net.forward(x, context);
  }

  #planOf(kind: CellKind, sampling: number): CellPlan {
    const own = this.#edges.filter((edge) => edge.kind === kind);
    const nodes = 1 + Math.max(...own.map(({ node }) => node));
    return Array.from({ length: nodes }, (_, node) =>
      own
        .filter((edge) => edge.node === node)
        .map((edge) => ({
          from: edge.from,
          place: (builder, input) => ({ module: new MixedEdge(builder, input, edge, sampling), nonNegative: false }),
        })),
    );
  }
}
