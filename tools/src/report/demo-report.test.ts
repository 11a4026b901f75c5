import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeShapesSet, openDataset } from '@onebit/datasets';
import { selectBackend } from '@onebit/tfjs-backend-native';
import type { MetricsLine } from '@onebit/training';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ImageDetections, measure } from '../detector/evaluate.js';
import { loadDetectionRecipe } from '../recipes/load.js';
import { type DemoDetector, type DemoResults, writeDemoReport } from './demo-report.js';

const classes = ['circle', 'square', 'triangle'];
const folder = await mkdtemp(join(tmpdir(), 'onebit-report-'));
afterAll(() => rm(folder, { recursive: true }));

/** Curves of a short run. */
const lines: MetricsLine[] = [20, 40].map((step) => ({
  kind: 'train',
  step,
  time: 0,
  rate: 0.1,
  total: 100 / step,
  terms: { loc: 1, conf: 2 },
  gradientNorm: 1,
  imagesPerSecond: 10,
  dataWait: 0,
}));

/** A detector that found every object with the score given. */
async function detector(kind: 'binary' | 'float', score: number): Promise<DemoDetector> {
  const recipe = await loadDetectionRecipe(`demo-${kind}`, [
    ['model.width', 0.125],
    ['model.imageSize', 64],
  ]);
  const run = join(folder, kind);
  await mkdir(run, { recursive: true });
  await writeFile(join(run, 'metrics.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const { samples } = await openDataset(`generated:${join(folder, 'set')}`, { split: 'val' });
  const found: ImageDetections[] = samples.map((sample) => ({
    sample,
    detections: sample.objects.map(({ box, label }) => ({ box, label, score })),
  }));
  const result = measure(found, classes, recipe);
  return { kind, recipe, run, seconds: 75, found: { seen: found, unseen: found }, seen: result, unseen: result };
}

async function results(change: Partial<DemoResults> = {}): Promise<DemoResults> {
  const detectors = [await detector('binary', 0.9), await detector('float', 0.2)];
  const nothing = measure(
    detectors[0].found.seen.map(({ sample }) => ({ sample, detections: [] })),
    classes,
    detectors[0].recipe,
  );
  return { classes, detectors, priorOnly: nothing, backend: 'native (avx2, 2 threads)', short: false, ...change };
}

beforeAll(async () => {
  await selectBackend('cpu'); // the cost table follows shapes, nothing is computed
  await makeShapesSet({ output: join(folder, 'set'), seed: 1, parts: { val: 6 } });
});

/** The page without its pictures, whose letters may spell anything. */
async function pageOf(path: string): Promise<string> {
  const html = (await readFile(path, 'utf8')).replaceAll(/base64,[^"]*/g, '');
  expect(html.match(/.{0,40}(NaN|undefined|Infinity|<script|(src|href)="(?!data:)).{0,40}/g)).toBeNull();
  return html;
}

describe('the report of the demo', () => {
  test('holds results, pictures, curves and costs in one file', async () => {
    const out = join(folder, 'demo');
    const path = await writeDemoReport(out, await results());
    expect(path).toBe(join(out, 'report.html'));
    const html = await pageOf(path);
    expect(html).toMatch(/<td>demo-binary<\/td><td>100\.0<\/td><td>100\.0<\/td><td>75 s<\/td>/);
    expect(html).toMatch(/<td>prior-only[^<]*<\/td><td>0\.0<\/td>/);
    for (const word of ['native (avx2, 2 threads)', 'binary: loss', 'float: loss', 'precision against recall']) {
      expect(html).toContain(word);
    }
    expect(html).not.toContain('short form');
    const pictures = (await readdir(join(out, 'pictures'))).sort();
    expect(pictures).toHaveLength(16); // four scenes of each part, both detectors
    expect(pictures[0]).toBe('seen-1-binary.png');
    expect(html.match(/<img /g)).toHaveLength(16);
  });

  test('says when it was the short form', async () => {
    const html = await pageOf(await writeDemoReport(join(folder, 'short'), await results({ short: true })));
    expect(html).toContain('This was the short form');
  });

  test('has no figure where nothing could be measured', async () => {
    const whole = await results();
    const detectors = whole.detectors.map((each) => {
      const found = each.found.seen.map(({ sample }) => ({ sample: { ...sample, objects: [] }, detections: [] }));
      const nothing = measure(found, classes, each.recipe);
      return { ...each, found: { seen: found, unseen: found }, seen: nothing, unseen: nothing };
    });
    const html = await pageOf(await writeDemoReport(join(folder, 'none'), { ...whole, detectors }));
    expect(html).toMatch(/<td>demo-binary<\/td><td>-<\/td><td>-<\/td>/);
  });
});
