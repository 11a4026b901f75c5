import type { CommandInput, Options } from '../cli/command.js';
import type { Recipe } from '../recipes/schema.js';

/** What `onebit search` gives to a search, its own options among them. */
export interface SearchInput<O extends Options> extends Pick<CommandInput<O>, 'options' | 'output' | 'signal'> {
  /** The network that the search begins with and its training, the changes of the command line made. */
  readonly recipe: Recipe;
  /** Folder for everything that the search writes. */
  readonly folder: string;
  /** True: goes on with the search that stands in the folder. */
  readonly resume: boolean;
  readonly workers?: number;
  /** The back end, for `environment.json`. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A search that `onebit search` knows by name. `run` returns the document of `--json`. */
export interface SearchKind<O extends Options> {
  /** Its options beside those that all searches have; without defaults, so that one given to another search is noticed. */
  readonly options: O;
  readonly example: readonly [command: string, what: string];
  run(input: SearchInput<O>): Promise<unknown>;
}

/** Keeps the literal types of the options; nothing else. */
export function defineSearch<const O extends Options>(kind: SearchKind<O>): SearchKind<O> {
  return kind;
}
