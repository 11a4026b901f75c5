import { type AnyModule, type ForwardContext, Module } from '@onebit/nn';

/**
 * Several networks as the model of one run, named by the keys of a record: their parameters are trained, averaged and saved together under these names. The networks
 * keep their own trees and names, so they need not be taken apart afterwards. Its forward pass is that of the first.
 */
export class TrainedTogether<In, Out> extends Module<In, Out> {
  readonly #first: Module<In, Out>;
  readonly #parts: Readonly<Record<string, AnyModule>>;

  constructor(first: readonly [string, Module<In, Out>], others: Readonly<Record<string, AnyModule>>) {
    super();
    const [name, network] = first;
    this.#first = network;
    this.#parts = { [name]: network as unknown as AnyModule, ...others };
  }

  override forward(x: In, context: ForwardContext): Out {
    return this.#first.forward(x, context);
  }

  override *namedModules(prefix = ''): IterableIterator<[string, AnyModule]> {
    yield [prefix, this as unknown as AnyModule];
    for (const [name, part] of Object.entries(this.#parts)) {
      yield* part.namedModules(prefix === '' ? name : `${prefix}.${name}`);
    }
  }
}
