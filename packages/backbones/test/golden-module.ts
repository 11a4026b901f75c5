import type { TensorData, TensorFile } from '@onebit/common';
import type { AnyModule, Module } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { expect } from 'vitest';

/** Golden files are NCHW and OIHW; these orders bring both to TensorFlow.js and back. */
const toChannelsLast = [0, 2, 3, 1];
const toChannelsFirst = [0, 3, 1, 2];
const toHwio = [2, 3, 1, 0];
const toOihw = [3, 2, 0, 1];
/** Matrices are [out, in] in the files. */
const swapped = [1, 0];

/** A shape of the file with its axes in another order. */
function fileShape(shape: readonly number[], order: readonly number[]): number[] {
  return order.map((axis) => shape[axis]);
}

/** A golden file with what was compared so far. */
export class Golden {
  readonly #file: TensorFile;
  readonly #compared = new Set<string>();
  readonly #read = new Set<string>();

  constructor(file: TensorFile) {
    this.#file = file;
  }

  get names(): string[] {
    return [...this.#file.tensors.keys()];
  }

  get count(): number {
    return this.#compared.size;
  }

  /** What is left: tensors that nobody fed to the code under test, and results, known by their names, that were not compared. */
  get unused(): string[] {
    const result = /(^|\.)(train|eval)\.|(^|\.)(y|grad_(?!out|effective|base)\w+)(_official)?$/;
    return this.names.filter((name) => !this.#compared.has(name) && (result.test(name) || !this.#read.has(name)));
  }

  has(name: string): boolean {
    return this.#file.tensors.has(name);
  }

  tensor(name: string): TensorData {
    const tensor = this.#file.tensors.get(name);
    if (tensor === undefined) throw new Error(`golden: no tensor ${name}; there are ${this.names.join(', ')}`);
    this.#read.add(name);
    return tensor;
  }

  /** The first parts of the names that have `part` as their last: the cases of a file. */
  cases(part: string): string[] {
    return this.names.flatMap((name) => (name.endsWith(`.${part}`) ? [name.slice(0, -part.length - 1)] : []));
  }

  /** As it is stored. */
  raw(name: string): tf.Tensor {
    const { data, shape } = this.tensor(name);
    const values = data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>);
    return tf.tensor(values, [...shape]);
  }

  /** NCHW to NHWC. */
  map(name: string): tf.Tensor4D {
    return tf.transpose(this.raw(name), toChannelsLast) as tf.Tensor4D;
  }

  /** A parameter in our layout: OIHW to HWIO, matrices to [in, out], vectors as they are. */
  parameter(name: string): tf.Tensor {
    const tensor = this.raw(name);
    if (tensor.rank === 2) return tf.transpose(tensor, swapped);
    return tensor.rank === 4 ? tf.transpose(tensor, toHwio) : tensor;
  }

  /** |actual - expected| <= tolerance(largest |expected|, |expected|), element by element, `actual` in the file's layout. */
  compare(name: string, actual: tf.Tensor, tolerance: Tolerance): void {
    const expected = this.tensor(name);
    expect([name, actual.shape]).toEqual([name, [...expected.shape]]);
    const values = actual.dataSync();
    const stored = expected.data as Float32Array;
    const largest = stored.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    let worst = Number.NEGATIVE_INFINITY;
    stored.forEach((value, i) => {
      const excess = Math.abs(values[i] - value) - tolerance(largest, Math.abs(value));
      worst = Math.max(worst, Number.isNaN(excess) ? Number.POSITIVE_INFINITY : excess);
    });
    expect(worst, `${name}: worst excess over the tolerance`).toBeLessThanOrEqual(0);
    this.#compared.add(name);
  }

  compareMap(name: string, actual: tf.Tensor, tolerance: Tolerance): void {
    this.compare(name, tf.transpose(actual, toChannelsFirst), tolerance);
  }

  /**
   * A parameter or its gradient, from our layout to that of the file: HWIO to OIHW, matrices transposed, and with the axes of length 1 that a vector has in the file
   * alone.
   */
  compareParameter(name: string, actual: tf.Tensor, tolerance: Tolerance): void {
    const { shape } = this.tensor(name);
    const ours = shape.length === 4 ? tf.reshape(actual, fileShape(shape, toHwio)) : actual;
    const order = ours.rank === 4 ? toOihw : ours.rank === 2 ? swapped : undefined;
    const stored = order === undefined ? ours : tf.transpose(ours, order);
    this.compare(name, tf.reshape(stored, [...shape]), tolerance);
  }
}

export type Tolerance = (largest: number, value: number) => number;

/** Names of a module's variables in the golden file's words, in both directions of one mode. */
export interface ModuleCase {
  readonly golden: Golden;
  readonly module: Module<tf.Tensor4D, tf.Tensor4D>;
  /** Name in the file of a parameter's or buffer's initial value, by our name. */
  readonly initial: (name: string) => string;
  readonly x: string;
  readonly gradOut: string;
}

/** What the file calls the results of one mode. */
export interface ModeNames {
  readonly training: boolean;
  /** Where in the run the file stands, for methods that change; default the end. */
  readonly progress?: number;
  readonly y: string;
  readonly gradX: string;
  readonly gradient: (name: string) => string;
  /** True for parameters that have no gradient in the file, where it is 0. */
  readonly detached?: (name: string) => boolean;
  /** Running statistics after the call; only in training. */
  readonly statistic?: (name: string) => string;
}

/** Loads every parameter and buffer from the file; none may be missing there. */
function loadInitial({ golden, module, initial }: ModuleCase): void {
  tf.tidy(() => {
    for (const [name, variable] of variablesOf(module)) {
      variable.assign(tf.reshape(golden.parameter(initial(name)), variable.shape));
    }
  });
}

/** One forward and backward pass with `gradOut` at the output, compared in all outputs, gradients and statistics. */
export function compareMode(moduleCase: ModuleCase, mode: ModeNames, forward: Tolerance, backward: Tolerance): void {
  const { golden, module } = moduleCase;
  loadInitial(moduleCase);
  tf.tidy(() => {
    const x = tf.variable(golden.map(moduleCase.x));
    const gradOut = golden.map(moduleCase.gradOut);
    const parameters = module.namedParameters();
    const { grads } = tf.variableGrads(() => {
      const y = module.forward(x as tf.Tensor4D, { training: mode.training, progress: mode.progress });
      golden.compareMap(mode.y, y, forward);
      return tf.sum(tf.mul(y, gradOut)) as tf.Scalar;
    }, [x, ...parameters.map(([, { variable }]) => variable)]);
    golden.compareMap(mode.gradX, grads[x.name], backward);
    for (const [name, { variable }] of parameters) {
      const gradient = mode.detached?.(name) ? tf.zerosLike(variable) : grads[variable.name];
      golden.compareParameter(mode.gradient(name), gradient, backward);
    }
    if (mode.statistic === undefined) return void x.dispose();
    for (const [name, variable] of module.namedBuffers()) golden.compare(mode.statistic(name), variable, forward);
    x.dispose();
  });
}

function variablesOf(module: AnyModule | Module<tf.Tensor4D, tf.Tensor4D>): [string, tf.Variable][] {
  const parameters = module.namedParameters().map(([name, { variable }]): [string, tf.Variable] => [name, variable]);
  return [...parameters, ...module.namedBuffers()];
}
