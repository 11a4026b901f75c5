import { type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { Downsample } from '../downsample.js';
import type { ResidualStyle } from '../style.js';
import { type CellKind, cellInputs } from './genotype.js';
import type { OperationInput, PlacedOperation } from './operation.js';

/** Makes what stands on an edge, with a builder scoped to its name. */
type PlaceEdge = (builder: ModuleBuilder, input: OperationInput) => PlacedOperation;

/** An edge before it is built. */
interface EdgePlan {
  /** 0 and 1: the inputs of the cell; 2: its first node. */
  readonly from: number;
  readonly place: PlaceEdge;
}

/** Edges of each node. */
export type CellPlan = readonly (readonly EdgePlan[])[];

/** A map that a cell reads. */
export interface CellInput {
  readonly channels: number;
  /** Input pixels of the network per cell of the map. */
  readonly stride: number;
  readonly nonNegative: boolean;
}

export interface CellOptions {
  readonly kind: CellKind;
  readonly plan: CellPlan;
  /** Outputs of the two cells in front, the earlier one first; its stride may be half that of the other. */
  readonly inputs: readonly [CellInput, CellInput];
  /** Of each node. */
  readonly channels: number;
  /** Of all operations; default: each takes that of its method. */
  readonly style?: ResidualStyle;
}

interface Edge {
  readonly from: number;
  readonly module: Module<tf.Tensor4D, tf.Tensor4D>;
}

/**
 * A cell (Liu et al. 2019, arXiv 1806.09055, section 2.1): both inputs are brought to its channels, every node adds what its edges make of inputs and earlier nodes, the nodes stand side
 * by side in the output. In a reduction cell edges from the inputs halve the size. Children `input0.downsample`, `input1.downsample`, which stay in float in a binary network, and
 * `node0.from0` ...
 */
export class Cell extends Module<readonly [tf.Tensor4D, tf.Tensor4D], tf.Tensor4D> {
  readonly output: CellInput;
  readonly #inputs: readonly Downsample[];
  readonly #nodes: readonly (readonly Edge[])[];

  constructor(builder: ModuleBuilder, { kind, plan, inputs, channels, style }: CellOptions) {
    super();
    const { stride } = inputs[1];
    this.#inputs = inputs.map((input, i) => {
      const name = `input${i}`;
      const options = {
        inChannels: input.channels,
        outChannels: channels,
        stride: stride / input.stride,
        form: 'pool-conv',
        nonNegativeInput: input.nonNegative,
      } as const;
      return this.child(`${name}.downsample`, new Downsample(builder.scope(name).scope('downsample'), options));
    });
    const nonNegatives = [false, false]; // batch normalisation stands behind the inputs
    this.#nodes = plan.map((edges, index) => {
      const placed = edges.map(({ from, place }) => {
        const halves = kind === 'reduction' && from < cellInputs;
        const input = {
          channels,
          stride: halves ? 2 : 1,
          nonNegative: nonNegatives[from],
          style,
        };
        return { from, ...place(builder.scope(`node${index}`).scope(`from${from}`), input) };
      });
      nonNegatives.push(placed.every(({ nonNegative }) => nonNegative));
      return placed.map(({ from, module }) => ({ from, module: this.child(`node${index}.from${from}`, module) }));
    });
    this.output = {
      channels: channels * plan.length,
      stride: kind === 'reduction' ? 2 * stride : stride,
      nonNegative: nonNegatives.slice(cellInputs).every(Boolean),
    };
  }

  override forward(inputs: readonly [tf.Tensor4D, tf.Tensor4D], context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const maps = this.#inputs.map((input, i) => input.forward(inputs[i], context));
      for (const edges of this.#nodes) {
        const results = edges.map(({ from, module }) => module.forward(maps[from], context));
        maps.push(results.reduce((sum, result) => tf.add(sum, result)));
      }
      return tf.concat(maps.slice(cellInputs), 3);
    });
    return this.tapped(y, context);
  }
}
