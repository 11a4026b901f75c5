import { globalNorm, type MaybeReading, tf, valueAndGradientsAsync } from '@onebit/ops';

/** A weight of the network whose architecture is searched, as its optimizer sees it. */
export interface SearchedWeight {
  readonly variable: tf.Variable;
  /** Running sum of gradients of stochastic gradient descent; default none. */
  readonly velocity?: tf.Tensor;
  /** Default 0. */
  readonly weightDecay?: number;
}

/** A bilevel problem: the weights w minimise the training loss for an architecture alpha, alpha is to minimise the validation loss at such weights. */
export interface BilevelProblem {
  readonly architecture: readonly tf.Variable[];
  readonly weights: readonly SearchedWeight[];
  /** The loss on training data at the present values of all variables. */
  trainLoss(): MaybeReading<tf.Scalar>;
  /** The loss on validation data, likewise. */
  validationLoss(): MaybeReading<tf.Scalar>;
  /** The xi of DARTS, the rate of the virtual step of the weights; 0 is the first order. */
  readonly virtualRate: number;
  /** Momentum of the weights' optimizer. Default 0. */
  readonly momentum?: number;
}

/** DARTS' size of the perturbation, before its division by the norm (Liu et al. 2019, arXiv 1806.09055, section 2.3). */
const perturbation = 0.01;

type Gradients = ReadonlyMap<tf.Variable, tf.Tensor>;

/**
 * Gradient of the validation loss with respect to the architecture (DARTS, Liu et al. 2019, arXiv 1806.09055, equations 6 to 8): at the weights w as they are
 * for `virtualRate` 0, else at `w' = w - xi (momentum v + dL_train/dw + decay w)`, with the term that tells how w' moves with the architecture,
 * `-xi (dL_train/dalpha at w+ - at w-) / (2 e)`, `w± = w ± e dL_val/dw'`, `e = 0.01 / |dL_val/dw'|`. All variables are afterwards as before.
 * @returns by variable of the architecture, of its shape; one that neither loss depends on is absent. The caller disposes them.
 * @throws OnebitError ERR_USAGE if a loss depends on none of the variables it is differentiated by, and whatever the losses throw.
 */
export async function architectureGradients(problem: BilevelProblem): Promise<Gradients> {
  const { architecture, weights, validationLoss, virtualRate } = problem;
  if (virtualRate === 0) return gradientsOf(validationLoss, architecture);
  const variables = weights.map(({ variable }) => variable);
  const start = variables.map((variable) => tf.clone(variable));
  const made: Gradients[] = [];
  try {
    await stepVirtually(problem);
    const outer = await gradientsOf(validationLoss, [...architecture, ...variables]);
    made.push(outer);
    const moves = variables.flatMap((variable, i) => {
      const direction = outer.get(variable);
      return direction === undefined ? [] : [{ variable, direction, start: start[i] }];
    });
    const mixed = await mixedDerivative(problem, moves);
    made.push(mixed);
    return difference(architecture, outer, mixed, virtualRate);
  } finally {
    for (const [i, variable] of variables.entries()) variable.assign(start[i]);
    tf.dispose(start);
    for (const gradients of made) tf.dispose([...gradients.values()]);
  }
}

/** Takes the weights to w'. */
async function stepVirtually({ weights, trainLoss, virtualRate, momentum = 0 }: BilevelProblem): Promise<void> {
  const variables = weights.map(({ variable }) => variable);
  const inner = await gradientsOf(trainLoss, variables);
  for (const { variable, velocity, weightDecay = 0 } of weights) {
    const gradient = inner.get(variable);
    if (gradient === undefined) continue;
    tf.tidy(() => {
      const decayed = tf.add(gradient, tf.mul(variable, weightDecay));
      const direction = velocity === undefined ? decayed : tf.add(decayed, tf.mul(velocity, momentum));
      variable.assign(tf.sub(variable, tf.mul(direction, virtualRate)));
    });
  }
  tf.dispose([...inner.values()]);
}

/** A weight, where it was before the virtual step, and the gradient of the validation loss at its virtual value. */
interface Move {
  readonly variable: tf.Variable;
  readonly start: tf.Tensor;
  readonly direction: tf.Tensor;
}

/** The second derivative of the training loss by architecture and weights times the directions, as a central difference. */
async function mixedDerivative(
  { architecture, trainLoss }: BilevelProblem,
  moves: readonly Move[],
): Promise<Gradients> {
  const norm = await lengthOf(moves.map(({ direction }) => direction));
  if (norm === 0) return new Map(); // the validation loss is flat in the weights: how they move does not matter
  const epsilon = perturbation / norm;
  const at = (distance: number) => {
    for (const { variable, direction, start } of moves) {
      tf.tidy(() => variable.assign(tf.add(start, tf.mul(direction, distance))));
    }
    return gradientsOf(trainLoss, architecture);
  };
  const [plus, minus] = [await at(epsilon), await at(-epsilon)];
  const slopes = difference(architecture, plus, minus, 1, 2 * epsilon);
  tf.dispose([...plus.values(), ...minus.values()]);
  return slopes;
}

/** `(a - factor b) / divisor` for every variable that has at least one of them. */
function difference(
  variables: readonly tf.Variable[],
  a: Gradients,
  b: Gradients,
  factor: number,
  divisor = 1,
): Map<tf.Variable, tf.Tensor> {
  const found = variables.flatMap((variable): [tf.Variable, tf.Tensor][] => {
    const [first, second] = [a.get(variable), b.get(variable)];
    if (first === undefined && second === undefined) return [];
    const value = tf.tidy(() => {
      const scaled = tf.mul(second ?? tf.zerosLike(variable), factor);
      return tf.div(tf.sub(first ?? tf.zerosLike(variable), scaled), divisor);
    });
    return [[variable, value]];
  });
  return new Map(found);
}

async function lengthOf(tensors: readonly tf.Tensor[]): Promise<number> {
  if (tensors.length === 0) return 0;
  const norm = globalNorm(tensors);
  const [value] = await norm.data();
  norm.dispose();
  return value;
}

async function gradientsOf(loss: () => MaybeReading<tf.Scalar>, variables: readonly tf.Variable[]): Promise<Gradients> {
  const { value, gradients } = await valueAndGradientsAsync(loss, variables);
  value.dispose();
  return gradients;
}
