import { parseArgs } from 'node:util';
import { OnebitError, suggest } from '@onebit/common';
import { backendNames, gradientPrecisions } from '@onebit/tfjs-backend-native';
import type { Output } from './output.js';

/** One option of a command; its value is `undefined` when the user does not give it and there is no default. */
export interface Option {
  readonly type: 'string' | 'number' | 'boolean';
  readonly description: string;
  readonly short?: string;
  readonly default?: string | number | boolean;
  readonly multiple?: boolean;
  /** Shown as `--name <placeholder>`. */
  readonly placeholder?: string;
  readonly choices?: readonly string[];
}
export type Options = Readonly<Record<string, Option>>;

type Single<T extends Option['type']> = T extends 'number' ? number : T extends 'boolean' ? boolean : string;
type ValueOf<O extends Option> = O['multiple'] extends true
  ? Single<O['type']>[]
  : O extends { default: unknown }
    ? Single<O['type']>
    : Single<O['type']> | undefined;
type Values<O extends Options> = { readonly [K in keyof O]: ValueOf<O[K]> };

export interface CommandInput<O extends Options> {
  readonly positionals: readonly string[];
  readonly options: Values<O>;
  readonly output: Output;
  /** Aborted by the first Ctrl-C; the second one ends the process at once. */
  readonly signal: AbortSignal;
}

/** A sub-command. `run` returns the one JSON document that `--json` prints; what people read goes through `output`. */
export interface Command<O extends Options = Options> {
  readonly name: string;
  readonly summary: string;
  /** Names of the positional arguments for the usage line, e.g. `RECIPE` or `[IMAGE ...]`. */
  readonly positionals: string;
  /** Smallest and largest number of positional arguments. */
  readonly arity: readonly [number, number];
  readonly options: O;
  readonly examples: readonly (readonly [command: string, what: string])[];
  run(input: CommandInput<O>): Promise<unknown>;
}

/** Keeps the literal types of the options; nothing else. */
export function defineCommand<const O extends Options>(command: Command<O>): Command<O> {
  return command;
}

/** Options every command has. */
const commonOptions = {
  help: { type: 'boolean', short: 'h', description: 'show this help' },
  json: { type: 'boolean', description: 'print one JSON document on stdout, progress on stderr' },
} as const satisfies Options;

/** Options of the commands that compute with tensors. */
export const backendOptions = {
  backend: {
    type: 'string',
    choices: ['auto', ...backendNames],
    default: 'auto',
    placeholder: 'NAME',
    description: 'tensor back end',
  },
  threads: { type: 'number', placeholder: 'N', description: 'threads of the native back end (default: all cores)' },
} as const satisfies Options;

/** Option of the commands that train; the recipe's key `train.matmul` says the same. */
export const matmulOption = {
  matmul: {
    type: 'string',
    choices: gradientPrecisions,
    placeholder: 'FORM',
    description: 'operands of the gradients of binary convolutions (default fp32)',
  },
} as const satisfies Options;

/** Strict parsing: an option that does not exist is an error that names the nearest one. @throws OnebitError ERR_USAGE. */
export function parseCommandLine<O extends Options>(command: Command<O>, args: readonly string[]) {
  const options: Options = { ...command.options, ...commonOptions };
  const fail = (what: string) =>
    new OnebitError('ERR_USAGE', `onebit ${command.name}: ${what}; see \`onebit ${command.name} --help\``);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(options).map(([name, { type, short, multiple }]) => [
        name,
        {
          type: type === 'boolean' ? 'boolean' : 'string',
          ...(short ? { short } : {}),
          multiple: multiple ?? false,
        } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = options[token.name];
    if (option === undefined) {
      const near = suggest(token.name, Object.keys(options));
      throw fail(`unknown option ${token.rawName}${near ? `, did you mean --${near}?` : ''}`);
    }
    // `--out --json` is a forgotten value, not a folder named --json; `--out=--json` says so if it is.
    const isForgotten = token.inlineValue === false && /^--?[a-z]/i.test(token.value);
    const value = readValue(token.rawName, option, isForgotten ? undefined : token.value, fail);
    if (option.multiple) values[token.name] = [...((values[token.name] as unknown[]) ?? []), value];
    else values[token.name] = value;
  }
  for (const [name, option] of Object.entries(options)) {
    values[name] ??= option.multiple ? [] : option.default;
  }
  const [least, most] = command.arity;
  if (values.help !== true && (positionals.length < least || positionals.length > most)) {
    throw fail(
      `expected ${command.positionals || 'no arguments'}, got ${positionals.length === 0 ? 'none' : positionals.join(' ')}`,
    );
  }
  return { positionals, options: values as Values<O & typeof commonOptions> };
}

function readValue(rawName: string, option: Option, text: string | undefined, fail: (what: string) => OnebitError) {
  if (option.type === 'boolean') {
    if (text !== undefined) throw fail(`${rawName} takes no value, got ${JSON.stringify(text)}`);
    return true;
  }
  if (text === undefined) throw fail(`${rawName} needs a value`);
  if (option.choices && !option.choices.includes(text)) {
    throw fail(`${rawName} must be one of ${option.choices.join(', ')}, got ${JSON.stringify(text)}`);
  }
  if (option.type === 'string') return text;
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number))
    throw fail(`${rawName} must be a number, got ${JSON.stringify(text)}`);
  return number;
}

/** The `--help` text of one command. */
export function helpOf(command: Command): string {
  const rows = Object.entries({ ...command.options, ...commonOptions } as Options).map(([name, option]) => {
    const value = option.type === 'boolean' ? '' : ` <${option.placeholder ?? option.type}>`;
    const notes = [
      option.choices ? `one of ${option.choices.join(', ')}` : '',
      option.default !== undefined ? `default ${option.default}` : '',
      option.multiple ? 'may be repeated' : '',
    ].filter(Boolean);
    const left = `  ${option.short ? `-${option.short}, ` : ''}--${name}${value}`;
    return `${left.padEnd(28)} ${option.description}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`;
  });
  return [
    `onebit ${command.name}: ${command.summary}`,
    '',
    `Usage: onebit ${command.name} ${[command.positionals, '[options]'].filter(Boolean).join(' ')}`,
    '',
    'Options:',
    ...rows,
    '',
    'Examples:',
    ...command.examples.flatMap(([line, what]) => [`  ${line}`, `      ${what}`]),
    '',
  ].join('\n');
}
