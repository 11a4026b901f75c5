import { OnebitError } from '@onebit/common';
import type { Initializer } from './initializers.js';
import { BinaryConv2d, type BinaryConv2dOptions } from './layers/binary-conv2d.js';
import { Conv2d } from './layers/conv2d.js';
import { BinaryLinear, Linear, type LinearOptions } from './layers/linear.js';
import { methodWarnings } from './methods/warnings.js';
import type { AnyModule } from './module.js';
import { type PrecisionPlan, planOf, precisionOf, resolvePlan } from './plan.js';
import type { ResolvedPrecision } from './precision.js';

export interface BuilderOptions {
  /** Rules, `float`, `binary` or a method's name; default `float`. */
  readonly plan?: string | PrecisionPlan;
  /** Default 0. */
  readonly seed?: number;
  /** Initializer of convolutions that name none; default Kaiming normal with fan out. */
  readonly initializer?: Initializer;
}

/** Options of a convolution of either precision; `nonNegativeInput` and `oneBase` matter to the binary one only. */
export type BuilderConvOptions = Omit<BinaryConv2dOptions, 'method'>;

/**
 * What a model asks for its layers: it knows where it stands in the tree, and so gives each layer the precision of the plan and initial values that
 * depend on the seed and the layer's full name alone.
 *
 * ```ts
 * const builder = new ModuleBuilder({ plan: 'bidet', seed: 7 });
 * const model = new Detector(builder);   // inside: this.child('conv1', builder.conv('conv1', { ... })), builder.scope('backbone') for children
 * builder.finish(model);                 // every rule of the plan met a layer, every layer stands where its name says
 * ```
 */
export class ModuleBuilder {
  readonly #plan: PrecisionPlan;
  readonly #options: BuilderOptions;
  #path = '';
  #layers = new Map<string, ResolvedPrecision>();

  constructor(options: BuilderOptions = {}) {
    this.#options = options;
    this.#plan = planOf(options.plan ?? 'float');
  }

  /** Full name of the module this builder builds for; empty for the root. */
  get path(): string {
    return this.#path;
  }

  get seed(): number {
    return this.#options.seed ?? 0;
  }

  /** A builder for the child `name`, which shares plan, seed and records with this one. */
  scope(name: string): ModuleBuilder {
    const builder = new ModuleBuilder({ ...this.#options, plan: this.#plan });
    builder.#path = this.#join(name);
    builder.#layers = this.#layers;
    return builder;
  }

  /** What the plan says of the layer `name` of this scope, without building it. */
  precisionOf(name: string): ResolvedPrecision {
    return precisionOf(this.#plan, this.#join(name));
  }

  /** A convolution in the precision of the plan. */
  conv(name: string, options: BuilderConvOptions): Conv2d | BinaryConv2d {
    const precision = this.#claim(name);
    const { nonNegativeInput, oneBase, ...common } = {
      ...options,
      initializer: options.initializer ?? this.#options.initializer,
    };
    if (precision === 'fp32') return new Conv2d(common, this.#initial(name));
    return new BinaryConv2d({ ...common, nonNegativeInput, oneBase, method: precision }, this.#initial(name));
  }

  /** A fully connected layer in the precision of the plan. */
  linear(name: string, options: LinearOptions): Linear | BinaryLinear {
    const precision = this.#claim(name);
    if (precision === 'fp32') return new Linear(options, this.#initial(name));
    return new BinaryLinear({ ...options, method: precision }, this.#initial(name));
  }

  /** Full names of all layers built so far, of every scope, with their precision. */
  get layers(): ReadonlyMap<string, ResolvedPrecision> {
    return this.#layers;
  }

  /** Known traps in the methods that were used, each once. */
  warnings(): string[] {
    const used = [...this.#layers.values()].filter((precision) => precision !== 'fp32');
    return [...new Set(used.flatMap(methodWarnings))];
  }

  /**
   * To be called with the root once the model is built.
   * @throws OnebitError if a rule of the plan met no layer, or a layer is not where its name says (its seed and precision would be another's).
   */
  finish(root: AnyModule): void {
    resolvePlan(this.#plan, [...this.#layers.keys()]);
    const present = new Set([...root.namedModules()].map(([name]) => name));
    const lost = [...this.#layers.keys()].filter((name) => !present.has(name));
    if (lost.length > 0) {
      throw new OnebitError(
        'ERR_USAGE',
        `ModuleBuilder.finish: built but not attached under that name: ${lost.join(', ')}; child() and conv() must use the same name`,
      );
    }
  }

  #claim(name: string): ResolvedPrecision {
    const path = this.#join(name);
    if (this.#layers.has(path)) throw new OnebitError('ERR_USAGE', `ModuleBuilder: ${path} is built twice`);
    const precision = precisionOf(this.#plan, path);
    this.#layers.set(path, precision);
    return precision;
  }

  #initial(name: string): { seed: number; path: string } {
    return { seed: this.seed, path: this.#join(name) };
  }

  #join(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}
