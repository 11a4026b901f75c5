import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** What every update rule takes. */
interface UpdateOptions {
  readonly variable: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly learningRate: number;
  /** Multiplies the gradient first (clipping by global norm). Default 1. */
  readonly gradientScale?: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /** Afterwards the variable is limited to [-clip, clip] (latent weights of binary layers). Default: no limit. */
  readonly clip?: number;
}

/** Options of {@link sgdUpdate}. */
export interface SgdUpdate extends UpdateOptions {
  /** Running sum of gradients, same shape as the variable, zeros at first; needed when `momentum` is not 0. */
  readonly velocity?: tf.Variable;
  /** Default 0. */
  readonly momentum?: number;
  /** Default false. */
  readonly nesterov?: boolean;
}

/** Options of {@link adamUpdate}. */
export interface AdamUpdate extends UpdateOptions {
  readonly firstMoment: tf.Variable;
  readonly secondMoment: tf.Variable;
  /** Number of this update, from 1 on, for the bias correction. */
  readonly step: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** True: weight decay is applied to the variable, not to the gradient (AdamW; Loshchilov and Hutter 2019, arXiv 1711.05101). Default false. */
  readonly decoupled?: boolean;
}

/** Numbers of an SGD step as a kernel gets them. */
export interface SgdAttributes {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly gradientScale: number;
  readonly clip: number;
}

/** Numbers of an Adam step as a kernel gets them. */
export interface AdamAttributes {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly step: number;
  readonly decoupled: boolean;
  readonly weightDecay: number;
  readonly gradientScale: number;
  readonly clip: number;
}

/** Names under which a back end registers in-place update kernels: inputs are the variables and the gradient, there is no output. */
export const updateKernels = { sgd: 'SgdUpdate', adam: 'AdamUpdate' } as const;

/** {@link globalNorm} as an op; its inputs are numbered. */
export const globalNormOp: Op = {
  name: 'GlobalNorm',
  portable: (inputs) => tf.sqrt(tf.addN(Object.values(inputs).map((tensor) => tf.sum(tf.square(tensor))))),
};

/**
 * One step of stochastic gradient descent in place, as PyTorch's SGD: `g = gradient + weightDecay w; v = momentum v + g; w -= learningRate v`
 * (Nesterov: `g + momentum v` in place of v).
 */
export function sgdUpdate(options: SgdUpdate): void {
  const { variable, gradient, velocity, momentum = 0, nesterov = false } = options;
  const attributes: SgdAttributes = { ...common(options), momentum, nesterov };
  const inputs: Record<string, tf.Tensor> = { variable, gradient };
  if (velocity !== undefined && momentum !== 0) inputs.velocity = velocity;
  if (updatedInPlace(updateKernels.sgd, inputs, attributes)) return;
  tf.tidy(() => {
    let step = decayed(variable, gradient, attributes);
    if (velocity !== undefined && momentum !== 0) {
      velocity.assign(tf.add(tf.mul(velocity, momentum), step));
      step = nesterov ? tf.add(step, tf.mul(velocity, momentum)) : velocity;
    }
    assignClipped(variable, tf.sub(variable, tf.mul(step, attributes.learningRate)), attributes.clip);
  });
}

/** One step of Adam in place (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1), or AdamW with `decoupled`. */
export function adamUpdate(options: AdamUpdate): void {
  const { variable, gradient, firstMoment, secondMoment, step } = options;
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decoupled = false } = options;
  const attributes: AdamAttributes = { ...common(options), beta1, beta2, epsilon, step, decoupled };
  const inputs = { variable, gradient, firstMoment, secondMoment };
  if (updatedInPlace(updateKernels.adam, inputs, attributes)) return;
  tf.tidy(() => {
    const { learningRate, weightDecay, clip } = attributes;
    const g = decoupled ? tf.mul(gradient, attributes.gradientScale) : decayed(variable, gradient, attributes);
    firstMoment.assign(tf.add(tf.mul(firstMoment, beta1), tf.mul(g, 1 - beta1)));
    secondMoment.assign(tf.add(tf.mul(secondMoment, beta2), tf.mul(tf.square(g), 1 - beta2)));
    const mean = tf.div(firstMoment, 1 - beta1 ** step);
    const deviation = tf.sqrt(tf.div(secondMoment, 1 - beta2 ** step));
    const shrunk = decoupled ? tf.mul(variable, 1 - learningRate * weightDecay) : variable;
    assignClipped(variable, tf.sub(shrunk, tf.mul(tf.div(mean, tf.add(deviation, epsilon)), learningRate)), clip);
  });
}

/** Square root of the sum of all squares of `tensors`, a scalar. */
export function globalNorm(tensors: readonly tf.Tensor[]): tf.Scalar {
  if (tensors.length === 0) return tf.scalar(0);
  return runOp(globalNormOp, Object.fromEntries(tensors.entries()), {})[0] as tf.Scalar;
}

function common({ learningRate, weightDecay = 0, gradientScale = 1, clip = Number.POSITIVE_INFINITY }: UpdateOptions) {
  return { learningRate, weightDecay, gradientScale, clip };
}

function decayed(
  variable: tf.Tensor,
  gradient: tf.Tensor,
  a: { gradientScale: number; weightDecay: number },
): tf.Tensor {
  const scaled = tf.mul(gradient, a.gradientScale);
  return a.weightDecay === 0 ? scaled : tf.add(scaled, tf.mul(variable, a.weightDecay));
}

function assignClipped(variable: tf.Variable, value: tf.Tensor, clip: number): void {
  variable.assign(Number.isFinite(clip) ? tf.clipByValue(value, -clip, clip) : value);
}

/**
 * Runs the current back end's in-place kernel, if it has one. Called directly, not through the engine: the kernel has no outputs, and nothing
 * about it belongs on a tape.
 */
function updatedInPlace(kernelName: string, inputs: Record<string, tf.Tensor>, attributes: object): boolean {
  const kernel = tf.getKernel(kernelName, tf.getBackend());
  if (kernel == null) return false;
  kernel.kernelFunc({ inputs, attrs: attributes as tf.NamedAttrMap, backend: tf.backend() });
  return true;
}
