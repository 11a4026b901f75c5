import * as tf from '@tensorflow/tfjs-core';

/** What TensorFlow.js makes `tf.customGrad` of, which itself computes all gradients of a node at once, needed or not. */
interface NodeRecorder {
  runKernelFunc(call: {
    readonly inputs: Record<string, tf.Tensor>;
    forwardFunc(backend: tf.KernelBackend, save: (tensors: tf.Tensor[]) => void): tf.Tensor;
    backwardsFunc(dy: tf.Tensor, saved: tf.Tensor[]): Record<string, () => tf.Tensor>;
  }): tf.Tensor;
}

/** Computes a node's result once more from the tensors that it saved. */
export type Recomputation = (saved: readonly tf.Tensor[]) => tf.Tensor;

/** Of results of {@link recordNode} that have one. */
const recomputations = new WeakMap<tf.Tensor, Recomputation>();

/**
 * How to compute `result` again from what its node saved, if that is cheap: then a tape need not keep it for the gradients of the ops that read it. The numbers are
 * the same to the bit.
 */
export function recomputationOf(result: tf.Tensor): Recomputation | undefined {
  return recomputations.get(result);
}

/** How {@link recordNode} computes a tensor and its gradients. */
export interface NodeFunctions {
  /** The result; `save` keeps references to tensors for the backward pass, if there will be one. Everything else made here is disposed. */
  forward(save: (tensors: tf.Tensor[]) => void): tf.Tensor;
  /** The gradient at each input, in order, computed only when called; `saved` are the tensors that were saved. */
  backward(dy: tf.Tensor, saved: tf.Tensor[]): readonly (() => tf.Tensor)[];
  /** Where this costs little: the result again, from the saved tensors. */
  readonly again?: Recomputation;
}

/** Computes a tensor as one node of the tape. */
export function recordNode(inputs: readonly tf.Tensor[], { forward, backward, again }: NodeFunctions): tf.Tensor {
  const result = (tf.engine() as unknown as NodeRecorder).runKernelFunc({
    inputs: { ...inputs } as unknown as Record<string, tf.Tensor>,
    forwardFunc: (_, save) => forward(save),
    backwardsFunc: (dy, saved) => ({ ...backward(dy, saved) }) as unknown as Record<string, () => tf.Tensor>,
  });
  if (again !== undefined) recomputations.set(result, again);
  return result;
}
