import { OnebitError } from '@onebit/common';
import * as tf from '@tensorflow/tfjs-core';
import { SavedResults } from './saved-results.js';

/** One op as TensorFlow.js records it: what went in, what came out, clones of what its gradient needs, and the gradient. */
export type TapeNode = ReturnType<typeof tf.engine>['state']['activeTape'][number];

/**
 * Takes the place of the array that TensorFlow.js's engine records on. It keeps only what a gradient with respect to `sources` can need: nodes that
 * depend on one of them, and of what those saved only tensors whose values count.
 */
export class Tape {
  readonly #nodes: TapeNode[] = [];
  /** Ids of the tensors that depend on a source. */
  readonly #dependent: Set<number>;
  readonly #results = new SavedResults();

  constructor(sources: readonly tf.Tensor[]) {
    this.#dependent = new Set(sources.map(({ id }) => id));
  }

  /** True if `tensor` is a source or was computed from one. Integers and booleans never are: nothing flows back through them. */
  dependsOnSource(tensor: tf.Tensor): boolean {
    return this.#dependent.has(tensor.id);
  }

  /** Called by the engine after every op. */
  push(node: TapeNode): void {
    const outputs = node.outputs.filter(({ dtype }) => dtype === 'float32');
    const inputs = Object.values(node.inputs);
    if (outputs.length === 0 || !inputs.some((input) => input != null && this.dependsOnSource(input))) {
      tf.dispose(node.saved);
      return;
    }
    for (const { id } of outputs) this.#dependent.add(id);
    // A disposed tensor still knows its shape, and its memory is free for the rest of the forward pass.
    if (savesShapesOnly(node.kernelName)) tf.dispose(node.saved);
    else this.#results.drop(node);
    this.#results.offer(node);
    this.#nodes.push(node);
  }

  /** Makes what `node` saved complete again; to be called before its gradient is computed. */
  restore(node: TapeNode): void {
    this.#results.restore(node);
  }

  /** Takes the last node off the tape. */
  pop(): TapeNode | undefined {
    return this.#nodes.pop();
  }

  /** Frees what the remaining nodes have saved. */
  release(): void {
    for (const { saved } of this.#nodes) tf.dispose(saved);
    this.#nodes.length = 0;
  }
}

/** What a gradient may say of itself beyond what TensorFlow.js asks. */
export interface ShapesOnly {
  /** True: of its saved tensors `backward` reads no values, so they need not stay in memory. */
  readonly shapesOnly?: boolean;
}

function savesShapesOnly(kernelName: string): boolean {
  return (tf.getGradient(kernelName) as (tf.GradConfig & ShapesOnly) | undefined)?.shapesOnly === true;
}

/** What the engine calls for each tensor that is saved. */
interface Cloning {
  clone(x: tf.Tensor): tf.Tensor;
}

/**
 * Runs `f` with its ops recorded on `tape`, or on none at all, whatever tape is being recorded outside; then the engine goes on as it was.
 * The one place that reaches into TensorFlow.js's engine.
 */
export function recordingOn<T>(tape: Tape | undefined, f: () => T): T {
  const { state } = tf.engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  const cloning = tf.engine() as unknown as Cloning;
  const { clone } = cloning;
  // The engine's own way to save a tensor is an op of its own, recorded for gradients of gradients: half of all kernel calls, and a copy on wasm.
  cloning.clone = alias;
  // The engine only ever pushes.
  state.activeTape = tape as unknown as TapeNode[];
  state.gradientDepth = tape === undefined ? 0 : 1;
  state.kernelDepth = 0;
  try {
    if (tf.engine().isTapeOn() !== (tape !== undefined)) throw foreignEngine();
    return f();
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
    cloning.clone = clone;
  }
}

/** Another tensor on the same data. */
function alias({ dataId, shape, dtype }: tf.Tensor): tf.Tensor {
  const { backend } = tf.engine().state.tensorInfo.get(dataId)!;
  backend.incRef(dataId);
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, backend);
}

function foreignEngine(): OnebitError {
  return new OnebitError(
    'ERR_BACKEND',
    `tape: TensorFlow.js ${tf.version_core} records gradients in another way than 4.22, for which this was written; install @tensorflow/tfjs-core 4.22`,
  );
}
