import { recomputationOf } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { TapeNode } from './tape.js';

/**
 * Smaller results are kept: what they take does not count beside the calls that would make them again. Bytes of one picture (entry of the first axis), so that the
 * same results are kept whatever the batch, and memory is a straight line over it.
 */
const smallestBytes = 4 * 1024;

/** A tensor that is no longer kept for the gradient of a node. */
interface Dropped {
  /** Its place among what the node saved. */
  readonly place: number;
  readonly producer: TapeNode;
}

/**
 * What nodes save of the results of earlier nodes. A result that its producer can compute again cheaply, such as a binary convolution from the bits that it keeps
 * anyway, is not kept but made again for the gradient that reads it.
 */
export class SavedResults {
  /** Nodes whose result can be computed again, by the data of that result. */
  readonly #producers = new Map<object, TapeNode>();
  readonly #dropped = new WeakMap<TapeNode, readonly Dropped[]>();

  /** Remembers `node` if its result can be computed again. */
  offer(node: TapeNode): void {
    const [result] = node.outputs;
    const bytes = (result.size / result.shape[0]) * Float32Array.BYTES_PER_ELEMENT;
    if (node.outputs.length > 1 || !(bytes >= smallestBytes)) return;
    this.#producers.set(result.dataId, node);
  }

  /** Frees those tensors that `node` saved and that can be computed again. */
  drop(node: TapeNode): void {
    const dropped = (node.saved ?? []).flatMap((tensor, place): Dropped[] => {
      const producer = this.#producers.get(tensor.dataId);
      return producer !== undefined && recomputationOf(producer.outputs[0]) !== undefined ? [{ place, producer }] : [];
    });
    if (dropped.length === 0) return;
    for (const { place } of dropped) node.saved?.[place].dispose();
    this.#dropped.set(node, dropped);
  }

  /** Computes again what was freed of `node`, and of the producers that this takes. */
  restore(node: TapeNode): void {
    const dropped = this.#dropped.get(node) ?? [];
    this.#dropped.delete(node);
    for (const { place, producer } of dropped) {
      this.restore(producer);
      const saved = node.saved as tf.Tensor[];
      const { shape } = saved[place];
      const again = recomputationOf(producer.outputs[0])!;
      // Saved tensors outlive the scope: the walker disposes them itself.
      saved[place] = tf.keep(tf.tidy(() => tf.reshape(again(producer.saved ?? []), shape)));
    }
  }
}
