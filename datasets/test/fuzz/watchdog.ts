import { Worker } from 'node:worker_threads';

/** An endless loop can't be stopped from within: after so long a thread of its own says where it is and ends the process. */
const patienceMs = 30_000;

const guard = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { writeSync } = require('node:fs');
  let timer;
  parentPort.on('message', (label) => {
    clearTimeout(timer);
    if (label === '') return;
    timer = setTimeout(() => {
      writeSync(2, 'fuzz: no end after ' + workerData / 1000 + ' s: ' + label + '\\n');
      process.kill(process.pid, 'SIGKILL');
    }, workerData);
  });`;

/** Tells which input a parser never finished. */
export class Watchdog {
  readonly #worker = new Worker(guard, { eval: true, workerData: patienceMs });

  /** An input begins; the one before has ended. */
  watch(label: string): void {
    this.#worker.postMessage(label);
  }

  /** Nothing runs. */
  rest(): void {
    this.#worker.postMessage('');
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
