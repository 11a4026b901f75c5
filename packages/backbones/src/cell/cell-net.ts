import { OnebitError } from '@onebit/common';
import type { ForwardContext, ModuleBuilder } from '@onebit/nn';
import type { tf } from '@onebit/ops';
import { Backbone, type FeatureInfo, type FeatureMaps } from '../backbone.js';
import { type BackboneOptions, scaledChannels } from '../options.js';
import type { Step } from '../staged.js';
import { placeStem, type StemKind } from '../stem.js';
import type { ResidualStyle } from '../style.js';
import { unitStyle } from '../styled-conv.js';
import { Cell, type CellInput, type CellPlan } from './cell.js';
import type { CellKind } from './genotype.js';

/** What networks of cells take, searched or found ones. */
export interface CellNetOptions extends BackboneOptions {
  /** Number of cells, at least 3; those behind one and two thirds are reductions. Default 8. */
  readonly cells?: number;
  /** Default `full`. */
  readonly stem?: StemKind;
}

/** Of the nodes of the first cells, and of the stem in multiples of them (DARTS' code for CIFAR-10 at the size of its search). */
const firstChannels = 16;
const stemMultiple = 3;

/**
 * A stem and cells, each of which reads the two before it; channels double where the size is halved. Children `stem`, `cells.0` ...; maps `stage1` to `stage3`, of the last cell of each
 * size.
 */
export class CellNet extends Backbone {
  readonly featureInfo: readonly FeatureInfo[];
  readonly #stem: Step;
  readonly #cells: readonly Cell[];
  /** Position of the last cell of each size. */
  readonly #lasts: readonly number[];

  /** @param plans the edges of each kind of cell */
  constructor(
    where: string,
    builder: ModuleBuilder,
    plans: Readonly<Record<CellKind, CellPlan>>,
    options: CellNetOptions,
  ) {
    super();
    const { cells: count = 8, width = 1, inChannels = 3, stem: kind = 'full' } = options;
    const reductions = reductionsOf(where, count);
    const { style } = options;
    let channels = scaledChannels(where, firstChannels, width);
    const stem = placeStem(builder, {
      kind,
      inChannels,
      outChannels: stemMultiple * channels,
      style: style ?? firstStyle(builder),
    });
    this.#stem = this.child('stem', stem.module);
    let inputs: readonly [CellInput, CellInput] = [stem.output, stem.output];
    this.#cells = Array.from({ length: count }, (_, index) => {
      const kind: CellKind = reductions.includes(index) ? 'reduction' : 'normal';
      if (kind === 'reduction') channels *= 2;
      const scope = builder.scope('cells').scope(String(index));
      const cell = new Cell(scope, { kind, plan: plans[kind], inputs, channels, style });
      inputs = [inputs[1], cell.output];
      return this.child(`cells.${index}`, cell);
    });
    this.#lasts = [...reductions.map((index) => index - 1), count - 1];
    this.featureInfo = this.#lasts.map((index, i) => ({ name: `stage${i + 1}`, ...this.#cells[index].output }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): FeatureMaps {
    const stem = this.#stem.forward(x, context);
    let before: readonly [tf.Tensor4D, tf.Tensor4D] = [stem, stem];
    const outputs = this.#cells.map((cell) => {
      const y = cell.forward(before, context);
      before = [before[1], y];
      return y;
    });
    return Object.fromEntries(this.#lasts.map((index, i) => [`stage${i + 1}`, outputs[index]]));
  }
}

/** As DARTS has them: at one and two thirds. */
function reductionsOf(where: string, count: number): number[] {
  if (Number.isInteger(count) && count >= 3) return [Math.floor(count / 3), Math.floor((2 * count) / 3)];
  throw new OnebitError('ERR_USAGE', `${where}: cells must be a whole number of at least 3, got ${count}`);
}

/** What the plan says of convolutions of cells, whether the first edge has one or not. */
function firstStyle(builder: ModuleBuilder): ResidualStyle {
  const edge = ['cells', '0', 'node0', 'from0'].reduce((scope, name) => scope.scope(name), builder);
  return unitStyle(edge);
}
