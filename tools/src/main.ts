import { codeOf, isUserError, OnebitError, suggest } from '@onebit/common';
import { listenForInterrupt } from '@onebit/training';
import { type Command, helpOf, type Options, parseCommandLine } from './cli/command.js';
import { Output } from './cli/output.js';
import { inCommandWords } from './cli/words.js';
import { bench } from './commands/bench.js';
import { cost } from './commands/cost.js';
import { dataset } from './commands/dataset.js';
import { demo } from './commands/demo.js';
import { doctor } from './commands/doctor.js';
import { evaluate } from './commands/eval.js';
import { methods } from './commands/methods.js';
import { predict } from './commands/predict.js';
import { search } from './commands/search.js';
import { train } from './commands/train.js';

/** Every sub-command, in the order a new user meets them. */
export const commands = [
  demo,
  doctor,
  dataset,
  train,
  search,
  evaluate,
  predict,
  methods,
  cost,
  bench,
] as unknown as readonly Command<Options>[];

/** Exit codes: all well, the user can mend it, a fault of ours. */
export const exitCode = { ok: 0, userError: 1, bug: 2 } as const;

/** `onebit … | head`: nobody reads on, but files are still to be written. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** The `onebit` program. Sets `process.exitCode`; never throws. */
export async function main(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview());
    return;
  }
  const output = new Output(rest.includes('--json'));
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(ignoreClosedPipe)) stream.on('error', ignoreClosedPipe);
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    fail(noSuchCommand(name), output);
    process.stderr.write(`\n${overview()}`);
    return;
  }
  try {
    const { positionals, options } = parseCommandLine(command, rest);
    if (options.help) {
      process.stdout.write(helpOf(command));
      return;
    }
    const interrupt = listenForInterrupt(() =>
      output.warn('stopping after this step (Ctrl-C once more stops at once)'),
    );
    try {
      output.document(await command.run({ positionals, options, output, signal: interrupt.signal }));
    } finally {
      interrupt.release();
    }
  } catch (error) {
    fail(isUserError(error) ? new OnebitError(codeOf(error), inCommandWords(error.message, command)) : error, output);
  }
}

function noSuchCommand(name: string): OnebitError {
  const near = suggest(
    name,
    commands.map((command) => command.name),
  );
  const hint = near ? `, did you mean ${near}?` : '';
  return new OnebitError('ERR_USAGE', `there is no command ${JSON.stringify(name)}${hint}`);
}

function overview(): string {
  return [
    'onebit: binarized (1-bit) object detectors: make data, train, evaluate, predict, measure',
    '',
    'Usage: onebit COMMAND [options]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`),
    '',
    '`onebit COMMAND --help` shows the options and examples of one command.',
    '',
  ].join('\n');
}

function fail(error: unknown, output: Output): void {
  const user = isUserError(error);
  process.exitCode = user ? exitCode.userError : exitCode.bug;
  const message = error instanceof Error ? error.message : String(error);
  output.document({ error: { code: user ? codeOf(error) : 'BUG', message } });
  if (user) process.stderr.write(`${message.startsWith('onebit ') ? '' : 'onebit: '}${message} [${codeOf(error)}]\n`);
  else {
    const stack = error instanceof Error ? error.stack : message;
    process.stderr.write(`onebit: this is a fault of onebit, not yours:\n${stack}\n`);
  }
}
