import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { OnebitError, writeFileAtomic } from '@onebit/common';
import { encodeFileVersion, encodeScalars } from './event-file.js';
import { type MetricsLine, scalarsOf } from './metrics.js';

const fileName = 'metrics.jsonl';
const eventFile = /^events\.out\.tfevents\./;

/** Writes `metrics.jsonl` and, as a view of the same lines, one TensorBoard event file. */
export class MetricsLog {
  private constructor(
    private readonly folder: string,
    private readonly lines: FileHandle,
    private readonly events: FileHandle,
  ) {}

  /**
   * Opens the log of a run that stands at `step`: lines of later steps, left by a run that was killed after its last checkpoint, are
   * dropped, and the event file is written anew, so that no step appears twice.
   */
  static async open(folder: string, step: number): Promise<MetricsLog> {
    const kept = (await readMetrics(folder)).filter((line) => line.step <= step);
    await writeFileAtomic(join(folder, fileName), kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
    for (const name of await readdir(folder)) if (eventFile.test(name)) await rm(join(folder, name));
    const now = Date.now() / 1000;
    const lines = await open(join(folder, fileName), 'a');
    const events = await open(join(folder, `events.out.tfevents.${Math.floor(now)}.${hostname()}`), 'a');
    const log = new MetricsLog(folder, lines, events);
    await log.write(events, Buffer.concat([encodeFileVersion(kept[0]?.time ?? now), ...kept.map(encodeLine)]));
    return log;
  }

  async append(line: MetricsLine): Promise<void> {
    await this.write(this.lines, `${JSON.stringify(line)}\n`);
    await this.write(this.events, encodeLine(line));
  }

  /** Brings what was appended to the disk; called before a checkpoint, so that no checkpoint is ahead of its metrics. */
  async sync(): Promise<void> {
    await this.guarded(async () => {
      await this.lines.sync();
      await this.events.sync();
    });
  }

  async close(): Promise<void> {
    await this.lines.close();
    await this.events.close();
  }

  private async write(file: FileHandle, data: string | Uint8Array): Promise<void> {
    await this.guarded(() => file.appendFile(data));
  }

  private async guarded(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      throw new OnebitError(
        'ERR_OUTPUT',
        `${join(this.folder, fileName)}: could not be written (${code ?? error}); the checkpoints are untouched: ` +
          "make room and run again with resume: 'auto'",
        { cause: error },
      );
    }
  }
}

function encodeLine(line: MetricsLine): Uint8Array {
  return encodeScalars({ step: line.step, time: line.time, scalars: scalarsOf(line) });
}

/** All lines of a run's `metrics.jsonl`; none when there is no such file. A last line cut off by a crash is left out. */
export async function readMetrics(folder: string): Promise<MetricsLine[]> {
  const path = join(folder, fileName);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n');
  lines.pop(); // what follows the last newline: nothing, or a line that was being written when the process died
  return lines.map((line, i) => {
    try {
      return JSON.parse(line) as MetricsLine;
    } catch (error) {
      throw new OnebitError('ERR_FORMAT', `${path}: line ${i + 1} is not JSON; remove it`, { cause: error });
    }
  });
}
