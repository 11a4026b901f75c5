import { fileURLToPath } from 'node:url';
import { Contestant } from './contestant.js';

/** A process that is ready, and what it says of itself. */
export interface Started {
  readonly contestant: Contestant;
  readonly about: Readonly<Record<string, unknown>>;
}

/**
 * Starts a script of tools/bench/rivals through whichever Python can run it: ONEBIT_PYTHON, python3 on the path, the system's. `prefix` is a command that
 * starts it, such as `['taskset', '-c', '1']`.
 * @throws Error with the last words of the Pythons that were tried.
 */
export async function startPython(
  script: string,
  options: Readonly<Record<string, string | number>>,
  prefix: readonly string[] = [],
): Promise<Started> {
  // The same relative path leads to tools/bench from src/ and from dist/.
  const path = fileURLToPath(new URL(`../../bench/rivals/${script}`, import.meta.url));
  const args = [path, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])];
  const candidates = [process.env.ONEBIT_PYTHON, 'python3', '/usr/bin/python3'].filter((name) => name !== undefined);
  const reasons = new Set<string>();
  for (const python of candidates) {
    const [command, ...rest] = [...prefix, python, ...args];
    try {
      return await Contestant.start(python, command, rest);
    } catch (error) {
      reasons.add((error as Error).message.split('\n').at(-1)!.replace(`${python} ended: `, ''));
    }
  }
  throw new Error([...reasons].join('; '));
}
