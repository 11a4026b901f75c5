import * as tf from '@tensorflow/tfjs-core';

/** Named tensors that go into an op. */
export type Inputs = Record<string, tf.Tensor>;

/**
 * An op of ours, as a kernel that every back end can run: `portable` composes it from TensorFlow.js ops, and a back end may register a
 * fused kernel under the same `name` that replaces it. `Attributes` are plain values (estimators and geometries included).
 */
export interface Op<Attributes extends object = object> {
  readonly name: string;
  /** The op composed of TensorFlow.js ops; returns its outputs in order. */
  portable(inputs: Inputs, attributes: Attributes): tf.Tensor | tf.Tensor[];
  readonly gradient?: Gradient<Attributes>;
}

/** How an op's gradient is formed. `inputs` and `outputs` name (number) what must stay alive until the backward pass. */
interface Gradient<Attributes extends object = object> {
  /** `'all'` for ops whose inputs are a list. */
  readonly inputs: readonly string[] | 'all';
  readonly outputs?: readonly number[];
  /** `dy` is the gradient at the first output; `saved` holds inputs, then outputs, in the order they are listed. */
  backward(dy: tf.Tensor, saved: tf.Tensor[], attributes: Attributes): Record<string, () => tf.Tensor>;
}

const prepared = new Set<string>();

/**
 * Runs `op` on the current back end: its fused kernel if one is registered, else the portable composition, which is registered for that
 * back end on the way. One tape node, whichever it is.
 */
export function runOp<A extends object>(op: Op<A>, inputs: Inputs, attributes: A): tf.Tensor[] {
  prepare(op as unknown as Op);
  const result: tf.Tensor | tf.Tensor[] = tf
    .engine()
    .runKernel(op.name, inputs, attributes as unknown as tf.NamedAttrMap);
  return Array.isArray(result) ? result : [result];
}

/** True for a kernel function that {@link runOp} registered itself, that is: no fused kernel. */
export function isPortableKernel(kernel: tf.KernelFunc): boolean {
  return portableKernels.has(kernel);
}

const portableKernels = new WeakSet<tf.KernelFunc>();

function prepare(op: Op): void {
  tf.backend(); // initializes the default back end if none has been used yet; only then does it have a name
  const backendName = tf.getBackend();
  const key = `${backendName}/${op.name}`;
  if (prepared.has(key)) return;
  if (tf.getKernel(op.name, backendName) == null) {
    const kernelFunc: tf.KernelFunc = ({ inputs, attrs }) =>
      // Inside a kernel the tape sleeps, so ops may be called freely; tidy disposes what they leave behind.
      tf.tidy(() => op.portable(inputs as unknown as Inputs, attrs as object)) as tf.TensorInfo | tf.TensorInfo[];
    portableKernels.add(kernelFunc);
    tf.registerKernel({ kernelName: op.name, backendName, kernelFunc });
  }
  registerGradient(op);
  prepared.add(key);
}

/** Makes the gradient of `op`, if it has one, known to TensorFlow.js; again does no harm. */
export function registerGradient(op: Op): void {
  const { gradient } = op;
  if (gradient === undefined || tf.getGradient(op.name) != null) return;
  const outputs = gradient.outputs ?? [];
  tf.registerGradient({
    kernelName: op.name,
    ...(gradient.inputs === 'all' ? { saveAllInputs: true } : { inputsToSave: [...gradient.inputs] }),
    outputsToSave: Array.from({ length: 1 + Math.max(-1, ...outputs) }, (_, i) => outputs.includes(i)),
    gradFunc: (dy, saved, attrs) => gradient.backward(Array.isArray(dy) ? dy[0] : dy, saved, attrs as object),
  });
}
