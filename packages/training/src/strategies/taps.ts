import { OnebitError } from '@onebit/common';
import { type ForwardContext, matchesName } from '@onebit/nn';
import { tf } from '@onebit/ops';

/** Inner tensors of a model, asked for by name. */
export interface TapPattern {
  /** Dotted glob over the full names of layers and blocks. */
  readonly match: string;
  /** Which side of them; inputs are known of layers with weights. */
  readonly side: 'input' | 'output';
}

/**
 * Holds on to inner tensors of one forward pass, so that a loss can be made of them; the model knows nothing of it. Gradients flow back through them.
 *
 * ```ts
 * const taps = new Taps([{ match: 'backbone.stage*', side: 'output' }]);
 * try {
 *   const logits = model.forward(images, taps.listen(context));
 *   const maps = taps.tensors(0);
 * } finally {
 *   taps.release();
 * }
 * ```
 */
export class Taps {
  readonly #patterns: readonly TapPattern[];
  readonly #found: tf.Tensor[][];
  readonly #heard = new Set<string>();

  constructor(patterns: readonly TapPattern[]) {
    this.#patterns = patterns;
    this.#found = patterns.map(() => []);
  }

  /**
   * The context for the forward pass.
   * @throws OnebitError ERR_USAGE if blocks are to be recomputed: what is tapped in a pass that is not recorded has no gradient.
   */
  listen(context: ForwardContext): ForwardContext {
    if (this.#patterns.length === 0) return context;
    if (context.recompute === true) {
      throw new OnebitError('ERR_USAGE', 'Taps: losses of inner tensors need them kept; set recompute to false');
    }
    return { ...context, tap: (name, output, input) => this.#hear(name, output, input) };
  }

  /**
   * What a pattern has met, in the order of the forward pass.
   * @param index of the pattern in the list
   * @throws OnebitError ERR_UNKNOWN_NAME if that is nothing, listing the names there are
   */
  tensors(index: number): readonly tf.Tensor[] {
    const found = this.#found[index];
    if (found.length > 0) return found;
    const { match, side } = this.#patterns[index];
    throw new OnebitError(
      'ERR_UNKNOWN_NAME',
      `taps: no ${side} of ${JSON.stringify(match)} in the forward pass; known: ${[...this.#heard].join(', ')}`,
    );
  }

  /** Lets go of the tensors; what was computed from them keeps its gradients. */
  release(): void {
    for (const tensors of this.#found) tf.dispose(tensors.splice(0));
  }

  #hear(name: string, output: tf.Tensor, input: tf.Tensor | undefined): void {
    this.#heard.add(name);
    for (const [i, { match, side }] of this.#patterns.entries()) {
      const tensor = side === 'input' ? input : output;
      if (tensor !== undefined && matchesName(match, name)) this.#found[i].push(tf.keep(tf.clone(tensor)));
    }
  }
}
