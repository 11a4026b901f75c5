import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MetricsLine, TrainLine } from '../src/metrics.js';
import { MetricsLog, readMetrics } from '../src/metrics-log.js';
import { temporaryFolder } from './helpers.js';
import { readEvents } from './read-events.js';

const line = (step: number): TrainLine => ({
  kind: 'train',
  step,
  time: 1000 + step,
  rate: 0.5,
  total: step / 2,
  terms: { conf: 0.25 },
  gradientNorm: 2,
  imagesPerSecond: 8,
  dataWait: 0.125,
  statistics: { flipRate: { w: 0.5 }, deadGradient: { w: 0.25 } },
});
const evaluation: MetricsLine = { kind: 'evaluation', step: 4, time: 1004, weights: 'trained', metrics: { mAP: 0.75 } };

async function eventsIn(folder: string) {
  const names = (await readdir(folder)).filter((name) => name.startsWith('events.out.tfevents.'));
  expect(names).toHaveLength(1);
  return readEvents(await readFile(join(folder, names[0])));
}

describe('MetricsLog', () => {
  test('writes lines and the same numbers as TensorBoard scalars', async () => {
    const folder = await temporaryFolder();
    const log = await MetricsLog.open(folder, 0);
    await log.append(line(2));
    await log.append(evaluation);
    await log.close();
    expect(await readMetrics(folder)).toEqual([line(2), evaluation]);
    const [version, ...events] = await eventsIn(folder);
    expect(version.version).toBe('brain.Event:2');
    const scalars = {
      'loss/total': 1,
      'loss/conf': 0.25,
      'train/rate': 0.5,
      'train/gradientNorm': 2,
      'speed/imagesPerSecond': 8,
      'speed/dataWait': 0.125,
      'flipRate/w': 0.5,
      'deadGradient/w': 0.25,
    };
    expect(events).toEqual([
      { step: 2, time: 1002, scalars },
      { step: 4, time: 1004, scalars: { 'evaluation/mAP': 0.75 } },
    ]);
  });

  test('reopened at a step, both files hold that step and what was before, nothing twice', async () => {
    const folder = await temporaryFolder();
    const log = await MetricsLog.open(folder, 0);
    for (const next of [line(2), line(4), evaluation, line(6)]) await log.append(next);
    await log.close();
    await appendFile(join(folder, 'metrics.jsonl'), '{"kind":"train","st'); // the process died here
    const again = await MetricsLog.open(folder, 4);
    await again.append(line(6));
    await again.append(line(8));
    await again.close();
    expect((await readMetrics(folder)).map(({ kind, step }) => `${kind} ${step}`)).toEqual([
      'train 2',
      'train 4',
      'evaluation 4',
      'train 6',
      'train 8',
    ]);
    expect((await eventsIn(folder)).slice(1).map(({ step }) => step)).toEqual([2, 4, 4, 6, 8]);
  });

  test('a damaged line is named', async () => {
    const folder = await temporaryFolder();
    await appendFile(
      join(folder, 'metrics.jsonl'),
      `${JSON.stringify(line(1))}\n{"kind"\n${JSON.stringify(line(3))}\n`,
    );
    await expect(readMetrics(folder)).rejects.toThrow('metrics.jsonl: line 2 is not JSON');
  });

  test('a disk that is full is a clear error', async () => {
    const folder = await temporaryFolder();
    const log = await MetricsLog.open(folder, 0);
    await log.close(); // a closed file fails as a full disk does: in the write
    await expect(log.append(line(1))).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    await expect(log.append(line(1))).rejects.toThrow(
      "the checkpoints are untouched: make room and run again with resume: 'auto'",
    );
  });
});
