import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { goldenFolder } from '../../test/golden.js';
import type { EvaluationDocument } from '../src/scoring/evaluation.js';
import { runMain } from './support/in-process.js';

/** Sets of others are read in place: in the golden folder, or in that of a neighbouring `shared` folder. */
const folder = [goldenFolder, fileURLToPath(new URL('../../../shared/golden', import.meta.url))]
  .map((path) => join(path, 'evaluation/third-party'))
  .find((path) => existsSync(path));
const demo = folder && join(folder, 'coco-demo-val2014-100');
const isThere = demo !== undefined && existsSync(demo);
if (!isThere) console.warn(`no evaluation/third-party below ${goldenFolder}: the published numbers are not compared`);

async function evaluated(...args: string[]): Promise<EvaluationDocument> {
  const { stdout, stderr, code } = await runMain(['eval', ...args, '--json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

interface Expected {
  readonly cases: readonly {
    readonly iouType: string;
    readonly dt: string;
    readonly params: object;
    readonly published: { readonly stats?: readonly number[] };
  }[];
}

test.skipIf(!isThere)('onebit eval prints the published numbers of the COCO demo', async () => {
  const { cases } = JSON.parse(await readFile(join(demo ?? '', 'expected.json'), 'utf8')) as Expected;
  const plain = cases.filter(({ params, published }) => Object.keys(params).length === 0 && published.stats);
  expect(plain.length).toBeGreaterThan(0);
  for (const { iouType, dt, published } of plain) {
    const files = ['--gt', join(demo ?? '', 'gt.json'), '--dt', join(demo ?? '', dt)];
    const { scores } = await evaluated(...files, '--metric', `coco-${iouType}`);
    const printed = [...(scores[0].text ?? '').matchAll(/= (-?[\d.]+)$/gm)].map(([, value]) => Number(value));
    expect(printed).toEqual(published.stats?.map((value) => Number(value.toFixed(3))));
  }
});

interface TideExpected {
  readonly runs: Readonly<
    Record<string, { readonly AP50: number; readonly main_dAP: Readonly<Record<string, number>> }>
  >;
}

test.skipIf(!isThere)("onebit eval --metric tide gives TIDE's numbers of the COCO demo", async () => {
  const { runs } = JSON.parse(await readFile(join(folder ?? '', 'tide-coco-demo.json'), 'utf8')) as TideExpected;
  const expected = Object.entries(runs).find(([name]) => name.includes('coco-demo-val2014-100 bbox'))?.[1];
  const files = ['--gt', join(demo ?? '', 'gt.json'), '--dt', join(demo ?? '', 'dt_bbox.json')];
  const { scores } = await evaluated(...files, '--metric', 'tide');
  const value = (name: string) =>
    100 * (scores[0].measures.find((measure) => measure.name === name)?.value ?? Number.NaN);
  expect(value('AP@0.5')).toBeCloseTo(expected?.AP50 ?? Number.NaN, 9);
  for (const [type, gain] of Object.entries(expected?.main_dAP ?? {}))
    expect(value(`gain ${type}`)).toBeCloseTo(gain, 9);
});
