import { OnebitError, type Random } from '@onebit/common';
import type { tf } from '@onebit/ops';
import { makeVariable, Parameter, type ParameterOptions } from './parameter.js';

/** What a forward pass is told besides its input. */
export interface ForwardContext {
  /** True: batch statistics are used and running statistics are updated. */
  readonly training: boolean;
  /** Share of the training run that is done, in [0, 1], for what changes while a network trains; default 1, the end. */
  readonly progress?: number;
  /** Source of noise for stochastic layers; absent where a pass must be deterministic. */
  readonly random?: Random;
  /**
   * Called by every layer and block with its full name and its output, so that statistics reach inner tensors by name. The tensor lives during the call
   * only: what the model needs no more is freed at once. Layers with multiply-accumulates also show their input. Who wants it for longer takes its values or a `tf.keep`t clone; losses read what models return.
   */
  tap?(name: string, output: tf.Tensor, input?: tf.Tensor): void;
  /** True: convolutions and linear layers return zeros of the right shape, normalisations their input. Used to count costs. */
  readonly shapesOnly?: boolean;
  /** True: residual blocks and the like keep only their input for the backward pass and run again there: less memory, one more forward pass. */
  readonly recompute?: boolean;
  /** True in such a second run: running statistics stay as the first one left them. */
  readonly again?: boolean;
}

/** The context of plain inference. */
export const inference: ForwardContext = { training: false };

/** A part of a model that plans and tolerance studies address as one. */
export interface ModuleGroup {
  readonly name: string;
  /** Pattern for a precision plan that selects exactly the layers of this group. */
  readonly match: string;
}

export type AnyModule = Module<unknown, unknown>;

const namePattern = /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/;

/**
 * A node of the model tree: children by name, parameters and buffers by name. The name of everything is its dotted path from the root, as in
 * `backbone.stage2.0.conv1.weight`; it keys optimizer state, checkpoints, precision plans and taps.
 */
export abstract class Module<In = tf.Tensor, Out = tf.Tensor> {
  readonly #children = new Map<string, AnyModule>();
  readonly #parameters = new Map<string, Parameter>();
  readonly #buffers = new Map<string, tf.Variable>();
  #parent: AnyModule | undefined;
  #name = '';
  #frozen = false;

  /** Maps an input to an output; creates only tensors the caller's `tf.tidy` may collect. */
  abstract forward(x: In, context: ForwardContext): Out;

  /** Dotted name from the root of the tree this module stands in; empty for a root. */
  get path(): string {
    const above = this.#parent?.path ?? '';
    return above === '' ? this.#name : `${above}.${this.#name}`;
  }

  /** The class name, for summaries and fingerprints. */
  get type(): string {
    return this.constructor.name;
  }

  /** Attaches a child. The name may be dotted (`cls.3`), which groups children without a container module. */
  protected child<M extends AnyModule>(name: string, module: M): M {
    this.#claim(name);
    const node: AnyModule = module;
    if (node.#parent !== undefined) {
      throw new OnebitError(
        'ERR_USAGE',
        `${this.type}: child ${name} already belongs to ${node.#parent.type} as ${node.#name}`,
      );
    }
    node.#parent = this as unknown as AnyModule;
    node.#name = name;
    this.#children.set(name, module);
    return module;
  }

  protected parameter(
    name: string,
    shape: readonly number[],
    values: Float32Array,
    options: ParameterOptions,
  ): Parameter {
    this.#claim(name);
    const parameter = new Parameter(shape, values, options);
    this.#parameters.set(name, parameter);
    return parameter;
  }

  /** A saved tensor that no optimizer touches, such as running statistics. */
  protected buffer(name: string, shape: readonly number[], values: Float32Array): tf.Variable {
    this.#claim(name);
    const variable = makeVariable(shape, values, false);
    this.#buffers.set(name, variable);
    return variable;
  }

  /** Reports an output to the context's tap and hands it back: `return this.tapped(y, context)`. */
  protected tapped<T extends tf.Tensor>(output: T, context: ForwardContext, input?: tf.Tensor): T {
    context.tap?.(this.path, output, input);
    return output;
  }

  #claim(name: string): void {
    if (!namePattern.test(name)) {
      throw new OnebitError(
        'ERR_USAGE',
        `${this.type}: names are letters, digits and _ joined by dots, got ${JSON.stringify(name)}`,
      );
    }
    for (const taken of [...this.#children.keys(), ...this.#parameters.keys(), ...this.#buffers.keys()]) {
      if (taken === name || taken.startsWith(`${name}.`) || name.startsWith(`${taken}.`)) {
        throw new OnebitError('ERR_USAGE', `${this.type}: the name ${name} collides with ${taken}`);
      }
    }
  }

  /** This module and all below it, parents first, named relative to this module (its own name is the empty string). */
  *namedModules(prefix = ''): IterableIterator<[string, AnyModule]> {
    yield [prefix, this as unknown as AnyModule];
    for (const [name, child] of this.#children) yield* child.namedModules(join(prefix, name));
  }

  /** All parameters below this module in order of definition, named relative to it. */
  namedParameters(): [string, Parameter][] {
    return [...this.namedModules()].flatMap(([path, module]) =>
      [...module.#parameters].map(([name, parameter]): [string, Parameter] => [join(path, name), parameter]),
    );
  }

  /** All buffers below this module in order of definition, named relative to it; the curvatures that parameters keep are among them. */
  namedBuffers(): [string, tf.Variable][] {
    return [...this.namedModules()].flatMap(([path, module]) =>
      module.#ownBuffers().map(([name, variable]): [string, tf.Variable] => [join(path, name), variable]),
    );
  }

  #ownBuffers(): [string, tf.Variable][] {
    const curvatures = [...this.#parameters].flatMap(([name, { curvature }]): [string, tf.Variable][] =>
      curvature === undefined ? [] : [[`${name}.curvature`, curvature]],
    );
    return [...this.#buffers, ...curvatures];
  }

  /** The parameters of this module itself, without those of its children. */
  get ownParameters(): ReadonlyMap<string, Parameter> {
    return this.#parameters;
  }

  /** The parts this model is made of, for plans and tolerance studies; by default one for each child. */
  groups(): ModuleGroup[] {
    return [...this.#children.keys()].map((name) => ({ name, match: `${join(this.path, name)}.**` }));
  }

  /** True after {@link freeze}: parameters are not trained and batch normalisation uses its running statistics even in training. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** Freezes or thaws this module and everything below it. */
  freeze(frozen = true): void {
    for (const [, module] of this.namedModules()) {
      module.#frozen = frozen;
      for (const parameter of module.#parameters.values()) parameter.trainable = !frozen;
    }
  }

  /** Releases every variable below this module; the module can't be used afterwards. */
  dispose(): void {
    for (const [, parameter] of this.namedParameters()) parameter.variable.dispose();
    for (const [, variable] of this.namedBuffers()) variable.dispose();
  }
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}
