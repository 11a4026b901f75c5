import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/onebit.mjs', import.meta.url));
const built = new URL('../../dist/main.js', import.meta.url);

/** How a run of the program ended and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Sees each line of stderr, where progress is, while the program runs. */
  readonly onLine?: (line: string, child: ChildProcess) => void;
  /** Closes stdout before the program writes, as `| head` does after some lines. */
  readonly unread?: boolean;
}

/** Runs `onebit` as a person would. Rejects when it was not built: a test must not pass on what is not there. */
export async function onebit(args: readonly string[], { cwd, env, onLine, unread }: RunOptions = {}): Promise<Ended> {
  if (!existsSync(built)) throw new Error('tools/dist is not there: run `npx tsc -b` before these tests');
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
    });
  }
  if (unread) child.stdout.destroy();
  if (onLine) createInterface({ input: child.stderr }).on('line', (line) => onLine(line, child));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, ...written }));
  });
}

/** Runs `onebit … --json`, which must go well and write one JSON document to stdout. */
export async function onebitJson<T = Record<string, unknown>>(
  args: readonly string[],
  options: RunOptions = {},
): Promise<T> {
  const { code, stdout, stderr } = await onebit([...args, '--json'], options);
  if (code !== 0) throw new Error(`onebit ${args.join(' ')}: exit code ${code}\n${stderr}`);
  return JSON.parse(stdout) as T;
}
