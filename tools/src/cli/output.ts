import { Writable } from 'node:stream';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import pc from 'picocolors';

/** A long piece of work that tells how far it is: a bar on a terminal, one line every few seconds elsewhere. */
export interface Progress {
  update(done: number, text: string): void;
  finish(text?: string): void;
}

/**
 * Where a command writes. People's text goes to stdout, or to stderr under `--json`, so that stdout holds exactly one JSON document; progress
 * always goes to stderr.
 */
export class Output {
  constructor(
    readonly json: boolean,
    private readonly stdout: NodeJS.WritableStream = process.stdout,
    private readonly stderr: NodeJS.WritableStream & { isTTY?: boolean } = process.stderr,
  ) {}

  /** The same without what {@link print} writes: remarks and progress alone. */
  remarksOnly(): Output {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    return new Output(false, nowhere, this.stderr);
  }

  print(text = ''): void {
    (this.json ? this.stderr : this.stdout).write(`${text}\n`);
  }

  /** A remark about something the user may want to change. */
  warn(text: string): void {
    this.stderr.write(`${pc.yellow('note')} ${text}\n`);
  }

  heading(text: string): void {
    this.print(`\n${pc.bold(text)}`);
  }

  table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    const table = new Table({ head: [...head], style: { head: [], border: [] } });
    for (const row of rows) table.push(row.map(String));
    this.print(table.toString());
  }

  /** Prints the document of `--json`. */
  document(value: unknown): void {
    if (this.json) this.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  progress(title: string, total: number): Progress {
    return this.stderr.isTTY ? this.bar(title, total) : this.lines(title, total);
  }

  private bar(title: string, total: number): Progress {
    const bar = new SingleBar({
      format: `${title} {bar} {value}/{total} {text}`,
      stream: this.stderr,
      hideCursor: true,
      barsize: 20,
      linewrap: false,
    });
    bar.start(total, 0, { text: '' });
    return {
      update: (done, text) => bar.update(done, { text }),
      finish: (text) => {
        bar.stop();
        if (text) this.stderr.write(`${text}\n`);
      },
    };
  }

  private lines(title: string, total: number): Progress {
    let last = Number.NEGATIVE_INFINITY;
    return {
      update: (done, text) => {
        const now = performance.now();
        if (now - last < secondsBetweenLines * 1000 && done < total) return;
        last = now;
        this.stderr.write(`${title} ${done}/${total} ${text}\n`);
      },
      finish: (text) => {
        if (text) this.stderr.write(`${text}\n`);
      },
    };
  }
}

/** Often enough to see that it lives, rarely enough for a log file of a night. */
const secondsBetweenLines = 5;

/** `75 s`, `12 min 05 s`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 90) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `512 B`, `1.5 KiB`, `23.8 MiB`. */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = n;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}
