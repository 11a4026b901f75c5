import { OnebitError } from '@onebit/common';
import {
  BatchNorm,
  type ForwardContext,
  MaxPool,
  Module,
  type ModuleBuilder,
  mixture,
  type Parameter,
} from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { Step } from '../staged.js';
import { type OperationInput, placeOperation } from './operation.js';
import type { SearchOperation } from './space.js';

/** What edges of one place in all cells of a kind share. */
export interface SharedChoice {
  readonly operations: readonly SearchOperation[];
  /** `[operations]` */
  readonly alpha: Parameter;
  /** Position of the operation that stands there alone; undefined: all, mixed. */
  drawn?: number;
}

/**
 * All operations of an edge at once, mixed by the softmax of alpha. With `sampling` k only the first of k groups of channels goes through them; the rest goes by, pooled where the size is
 * halved, and channels are shuffled behind it, so that later edges see others (partial channel connections, Xu et al. 2020, arXiv 1907.05737, as in BNAS, Chen et al. 2020, arXiv 1911.10862).
 * Batch normalisation in it trains no scale and shift, as those would undo what alpha says (DARTS, arXiv 1806.09055). Children: the operations, `max_pool` for `max-pool`.
 */
export class MixedEdge extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #choice: SharedChoice;
  readonly #sampling: number;
  readonly #stride: number;
  readonly #operations: readonly (Step | undefined)[];
  readonly #around?: MaxPool;

  constructor(builder: ModuleBuilder, input: OperationInput, choice: SharedChoice, sampling: number) {
    super();
    if (!(Number.isInteger(sampling) && sampling >= 1 && input.channels % sampling === 0)) {
      throw new OnebitError(
        'ERR_USAGE',
        `cell search: sampling must be a whole number that divides the ${input.channels} channels of a node, got ${sampling}`,
      );
    }
    this.#choice = choice;
    this.#sampling = sampling;
    this.#stride = input.stride;
    const sampled = { ...input, channels: input.channels / sampling };
    this.#operations = choice.operations.map((operation) => {
      if (operation === 'none') return undefined;
      const name = operation.replaceAll('-', '_');
      return this.child(name, placeOperation(builder.scope(name), operation, sampled).module);
    });
    for (const [, module] of this.namedModules()) freezeAffine(module);
    if (sampling > 1 && input.stride > 1) {
      this.#around = this.child('around', new MaxPool({ size: input.stride, ceilMode: true }));
    }
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      if (this.#sampling === 1) return this.#mixed(x, context);
      const channels = x.shape[3];
      const own = channels / this.#sampling;
      const [first, rest] = tf.split(x, [own, channels - own], 3) as [tf.Tensor4D, tf.Tensor4D];
      const passed = this.#around?.forward(rest, context) ?? rest;
      return shuffled(tf.concat([this.#mixed(first, context), passed], 3), this.#sampling);
    });
    return this.tapped(y, context);
  }

  #mixed(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const { alpha, drawn } = this.#choice;
    if (drawn === undefined) {
      const outputs = this.#operations.map((operation) => operation?.forward(x, context));
      return mixture(alpha.variable as unknown as tf.Tensor1D, outputs);
    }
    const [n, height, width, channels] = x.shape;
    const halved = (size: number) => Math.ceil(size / this.#stride);
    return this.#operations[drawn]?.forward(x, context) ?? tf.zeros([n, halved(height), halved(width), channels]);
  }
}

function freezeAffine(module: Module<never, unknown>): void {
  const node: unknown = module;
  if (!(node instanceof BatchNorm)) return;
  node.gamma.trainable = false;
  node.beta.trainable = false;
}

/** Channels `[groups, rest]` in the order `[rest, groups]`. */
function shuffled(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  const [n, height, width, channels] = x.shape;
  const grouped = tf.reshape(x, [n * height * width, groups, channels / groups]);
  return tf.reshape(tf.transpose(grouped, [0, 2, 1]), x.shape) as tf.Tensor4D;
}
