import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bytes, duration, Output } from './output.js';

/** A stream that keeps what is written. */
class Sink extends Writable {
  text = '';
  constructor(readonly isTTY?: boolean) {
    super();
  }
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

describe('Output', () => {
  test.each([
    [false, 'for people\n', ''],
    [true, '{\n  "a": 1\n}\n', 'for people\n'],
  ])('under --json (%s) stdout holds the document and nothing else', (json, out, err) => {
    const [stdout, stderr] = [new Sink(), new Sink()];
    const output = new Output(json, stdout, stderr);
    output.print('for people');
    output.document({ a: 1 });
    expect([stdout.text, stderr.text]).toEqual([out, err]);
  });

  test('headings and tables are for people, remarks go to stderr', () => {
    const [stdout, stderr] = [new Sink(), new Sink()];
    const output = new Output(false, stdout, stderr);
    output.heading('Result');
    output.table(['class', 'AP'], [['circle', 12.5]]);
    output.warn('slow');
    expect(stdout.text).toContain('Result');
    expect(stdout.text).toMatch(/class.*AP[\s\S]*circle.*12\.5/);
    expect(stderr.text).toMatch(/note.* slow\n$/);
  });

  describe('progress without a terminal', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['performance'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    test('is a line at once, one every five seconds, and one at the end; on stderr', () => {
      const [stdout, stderr] = [new Sink(), new Sink()];
      const progress = new Output(false, stdout, stderr).progress('steps', 100);
      for (let step = 1; step <= 100; step++) {
        progress.update(step, `loss ${step}`);
        vi.advanceTimersByTime(200);
      }
      progress.finish('done');
      expect(stderr.text.split('\n')).toEqual([
        ...[1, 26, 51, 76, 100].map((step) => `steps ${step}/100 loss ${step}`),
        'done',
        '',
      ]);
      expect(stdout.text).toBe('');
    });
  });

  test('progress on a terminal is one bar that shows count and text', () => {
    const stderr = Object.assign(new Sink(true), {
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
      columns: 100,
    });
    const progress = new Output(false, new Sink(), stderr).progress('steps', 4);
    progress.update(4, 'loss 1.5');
    progress.finish('done');
    expect(stderr.text).toMatch(/steps .*4\/4 loss 1\.5/);
    expect(stderr.text).toMatch(/done\n$/);
  });
});

test.each([
  [0, '0.0 s'],
  [9.94, '9.9 s'],
  [75.4, '75 s'],
  [89.9, '90 s'],
  [90, '1 min 30 s'],
  [725, '12 min 05 s'],
  [5399, '89 min 59 s'],
  [12_000, '3 h 20 min'],
  [Number.NaN, '?'],
  [Number.POSITIVE_INFINITY, '?'],
])('duration(%d) is %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.50 KiB'],
  [10 * 1024, '10.0 KiB'],
  [23.8 * 2 ** 20, '23.8 MiB'],
  [3 * 2 ** 30, '3.00 GiB'],
  [5000 * 2 ** 30, '5000.0 GiB'],
])('bytes(%d) is %s', (n, text) => {
  expect(bytes(n)).toBe(text);
});
