import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

/**
 * A process that times steps when it is told to, so that the contestants of a benchmark take turns and never compute at the same time. Protocol: the child
 * first writes one JSON line with what it is; each line `{"steps": n}` it reads is answered by `{"ms": [n numbers], "peakRssMiB": number}`.
 */
export class Contestant {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  #errors = '';
  #peakRssMiB = Number.NaN;

  private constructor(
    readonly name: string,
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
  ) {
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'pipe' });
    this.#child.stderr.on('data', (data) => {
      this.#errors = (this.#errors + String(data)).slice(-2000);
    });
    this.#child.on('error', (error) => {
      this.#errors += error.message;
    });
    this.#child.stdin.on('error', () => undefined); // a child that is gone shows as the end of its output
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Starts the process and waits for its first line. Rejects with what it wrote to stderr if it ends before that. */
  static async start(
    name: string,
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ contestant: Contestant; about: Record<string, unknown> }> {
    const contestant = new Contestant(name, command, args, env);
    return { contestant, about: await contestant.#answer() };
  }

  /** Times of `steps` steps in milliseconds. */
  async run(steps: number): Promise<number[]> {
    const { ms } = (await this.ask({ steps })) as { ms: number[] };
    return ms;
  }

  /** The most memory the process has had so far, in MiB, as it said in its last answer; NaN if it does not say. */
  get peakRssMiB(): number {
    return this.#peakRssMiB;
  }

  /** The answer to one line. */
  async ask(request: object): Promise<Record<string, unknown>> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.#answer();
    if (typeof answer.peakRssMiB === 'number') this.#peakRssMiB = answer.peakRssMiB;
    return answer;
  }

  stop(): void {
    this.#reader.close();
    this.#child.kill();
  }

  async #answer(): Promise<Record<string, unknown>> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`${this.name} ended: ${this.#errors.trim() || 'no message'}`);
      if (value.startsWith('{')) return JSON.parse(value) as Record<string, unknown>;
    }
  }
}

/**
 * Pause between turns, in milliseconds. Threads that have nothing to do spin for a while before they sleep (ours 1 ms, OpenMP's some), and would spin into
 * the next contestant's turn.
 */
const settleMs = 20;

/** Lets contestants take turns of their own number of steps; the first `warmup` rounds do not count. Returns all counted times of each. */
export async function interleave(
  contestants: readonly Contestant[],
  { rounds, steps, warmup }: { rounds: number; steps: ReadonlyMap<Contestant, number>; warmup: number },
  onRound?: (round: number) => void,
): Promise<Map<Contestant, number[]>> {
  const times = new Map(contestants.map((contestant) => [contestant, [] as number[]]));
  for (let round = 0; round < rounds + warmup; round++) {
    for (const contestant of contestants) {
      await setTimeout(settleMs);
      const ms = await contestant.run(steps.get(contestant) ?? 1);
      if (round >= warmup) times.get(contestant)?.push(...ms);
    }
    onRound?.(round + 1);
  }
  return times;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
