import { OnebitError, shapeError } from '@onebit/common';
import * as tf from '@tensorflow/tfjs-core';
import { accumulate } from './accumulate.js';
import type { Tape, TapeNode } from './tape.js';

/** Gradients by the id of the tensor they belong to. */
type Gradients = Map<number, tf.Tensor>;

/**
 * Walks `tape` from its end to its beginning. Every node is freed as soon as it has been used: what it saved, and the gradient that came in. So memory
 * falls all the way, and at no time is there more of it than the forward pass left plus the gradients between here and there.
 * @param seed gradient at `output`, of the same shape; left to the caller.
 * @returns gradients by tensor id, of the tape's sources (those that `output` depends on).
 */
export function backward(tape: Tape, output: tf.Tensor, seed: tf.Tensor): ReadonlyMap<number, tf.Tensor> {
  const gradients: Gradients = new Map([[output.id, tf.clone(seed)]]);
  for (let node = tape.pop(); node !== undefined; node = tape.pop()) {
    const incoming = node.outputs.map(({ id }) => gradients.get(id) as tf.Tensor);
    try {
      if (incoming.every((dy) => dy === undefined)) continue;
      for (const { id } of node.outputs) gradients.delete(id);
      tape.restore(node);
      for (const [id, gradient] of inputGradients(tape, node, incoming)) add(gradients, id, gradient);
    } finally {
      tf.dispose([node.saved, incoming]);
    }
  }
  return gradients;
}

function add(gradients: Gradients, id: number, gradient: tf.Tensor): void {
  const sum = gradients.get(id);
  gradients.set(id, sum === undefined ? gradient : accumulate(sum, gradient));
}

/** The gradients of those inputs of `node` that depend on a source, by tensor id; each a tensor object of its own. */
function inputGradients(tape: Tape, node: TapeNode, incoming: tf.Tensor[]): [number, tf.Tensor][] {
  const wanted = Object.entries(node.inputs).filter(([, x]) => x != null && tape.dependsOnSource(x));
  const taken = new Set<tf.Tensor>([...incoming, ...(node.saved ?? [])]);
  const gradients = tf.tidy(() => {
    if (node.gradient == null) {
      throw new OnebitError(
        'ERR_USAGE',
        `tape: ${node.kernelName} has no gradient; register one or keep it off the path`,
      );
    }
    const formulas = node.gradient(incoming);
    return wanted.map(([name, x]) => {
      const gradient = checked(formulas[name]?.(), node.kernelName, name, x);
      // What came in is disposed after this node, and two inputs may not share one object: whoever hands it on gets an alias.
      const own = taken.has(gradient) ? tf.clone(gradient) : gradient;
      taken.add(own);
      return own;
    });
  });
  return gradients.map((gradient, i) => [wanted[i][1].id, gradient]);
}

function checked(gradient: tf.Tensor | undefined, kernelName: string, name: string, x: tf.Tensor): tf.Tensor {
  const where = `gradient of ${kernelName}`;
  if (gradient === undefined) throw new OnebitError('ERR_USAGE', `${where}: there is none for the input ${name}`);
  if (gradient.dtype !== 'float32') {
    throw new OnebitError('ERR_USAGE', `${where}: that of the input ${name} must be float32, got ${gradient.dtype}`);
  }
  if (!tf.util.arraysEqual(gradient.shape, x.shape)) {
    throw shapeError(where, `that of the input ${name}`, `[${x.shape.join(', ')}]`, gradient.shape);
  }
  return gradient;
}
