import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfusionMatrix, id2rgb, type MeanConvention, semanticMetrics } from '@onebit/eval';
import { encode } from 'fast-png';
import { vocClasses, writeMask } from 'pascal-voc-parser';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EvaluationDocument } from '../src/scoring/evaluation.js';
import { runMain } from './support/in-process.js';
import { scratchFolder } from './support/runs.js';

const folder = await scratchFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const [width, height] = [12, 8];

/** Stripes of labels that shift from picture to picture, with void on top in the truth. */
function stripes(picture: number, shift: number, isTruth: boolean): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (isTruth && y === 0) return 255;
    return (Math.floor((x + shift) / 4) * (picture + 1)) % 5;
  });
}

const names = ['a', 'b', 'c'];
beforeAll(async () => {
  for (const side of ['gt', 'dt', 'other']) {
    await mkdir(at(side));
    for (const [i, name] of names.entries()) {
      const labels = stripes(i, ['gt', 'dt', 'other'].indexOf(side), side === 'gt');
      await writeFile(at(side, `${name}.png`), writeMask({ width, height, labels }));
    }
  }
});

async function evaluated(line: string): Promise<EvaluationDocument> {
  const { stdout, stderr, code } = await runMain(['eval', ...line.split(' '), '--json']);
  expect(stderr.replaceAll(/^.*(pictures|draws)\n/gm, '')).not.toContain('onebit:');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

async function refused(line: string): Promise<string> {
  const { stdout, stderr, code } = await runMain(['eval', ...line.split(' '), '--json']);
  expect(code).toBe(1);
  expect(stderr).not.toMatch(/\n +at /);
  return JSON.parse(stdout).error.message;
}

describe('mean IoU', () => {
  test.each<[string, MeanConvention]>([
    ['miou-voc', 'voc'],
    ['miou-detectron2', 'detectron2'],
    ['miou-pytorch-encoding', 'pytorch-encoding'],
  ])('%s is the metric of the library on the files', async (metric, convention) => {
    const { scores } = await evaluated(`--gt ${at('gt')} --dt ${at('dt')} --metric ${metric}`);
    const matrix = new ConfusionMatrix(['background', ...vocClasses]);
    for (const i of names.keys()) matrix.add(stripes(i, 0, true), stripes(i, 1, false));
    const expected = semanticMetrics(matrix, convention);
    expect(scores).toHaveLength(1);
    const [{ metric: name, measures, perClass, settings }] = scores;
    expect([name, measures[0].name, measures[0].value]).toEqual([metric, 'mIoU', expected.mIoU]);
    expect(settings).toMatchObject({ images: 3, classesInMean: expected.classesInMean });
    expect(perClass.map(({ values }) => values.IoU)).toEqual(
      expected.perClass.map(({ iou }) => (Number.isNaN(iou) ? null : iou)),
    );
  });

  test('classes are named by a list or a file', async () => {
    await writeFile(at('classes.txt'), 'v\nw\nx\ny\nz\n');
    for (const classes of ['v,w,x,y,z', at('classes.txt')]) {
      const { scores } = await evaluated(`--gt ${at('gt')} --dt ${at('dt')} --metric miou-voc --classes ${classes}`);
      expect(scores[0].perClass.map(({ name }) => name)).toEqual(['v', 'w', 'x', 'y', 'z']);
    }
    expect(await refused(`--gt ${at('gt')} --dt ${at('dt')} --metric miou-voc --classes v,w`)).toMatch(
      /must be .*got [2-4]/,
    );
  });

  test('missing and extra predictions are refused by name', async () => {
    await mkdir(at('part'));
    for (const name of ['a', 'z']) await writeFile(at('part', `${name}.png`), await readFile(at('dt', 'a.png')));
    const message = await refused(`--gt ${at('gt')} --dt ${at('part')} --metric miou-voc`);
    expect(message).toContain('--dt lacks b, c');
    expect(message).toContain('--gt lacks z');
  });

  test('a second model: paired difference, and a report with every figure', async () => {
    const out = at('report');
    const { scores, bootstrap } = await evaluated(
      `--gt ${at('gt')} --dt ${at('dt')} --against ${at('other')} --metric miou-voc --metric boundary-iou --bootstrap 50 --seed 3 -o ${out}`,
    );
    expect(bootstrap).toEqual({ samples: 50, seed: 3 });
    const [{ value, against }] = scores[0].measures;
    expect(against?.difference).toBe((value ?? 0) - (against?.other ?? 0));
    expect(against?.difference).toBeGreaterThan(0);
    expect(scores[1].metric).toBe('boundary-iou');
    const files = (await readdir(out)).sort();
    expect(files).toEqual([
      'boundary-iou-per-class.svg',
      'miou-voc-confusion.svg',
      'miou-voc-per-class.svg',
      'report.html',
      'results.json',
    ]);
    const html = await readFile(join(out, 'report.html'), 'utf8');
    expect(html).not.toMatch(/NaN|undefined|<script|(src|href)="(?!data:)/);
    expect(JSON.parse(await readFile(join(out, 'results.json'), 'utf8')).scores).toEqual(scores);
  });
});

test('panoptic quality from JSON and PNG files', async () => {
  const categories = [
    { id: 1, name: 'thing', isthing: 1 },
    { id: 2, name: 'stuff', isthing: 0 },
  ];
  // Truth: left half 1, right half 2; the prediction moves the border by one of eight columns.
  for (const [side, border] of [
    ['truth', 4],
    ['found', 5],
  ] as const) {
    const ids = Uint32Array.from({ length: 64 }, (_, i) => (i % 8 < border ? 300 : 70_000));
    await mkdir(at(side));
    await writeFile(at(side, 'p.png'), encode({ width: 8, height: 8, data: id2rgb(ids), channels: 3, depth: 8 }));
    const segments_info = [
      { id: 300, category_id: 1, area: 8 * border, iscrowd: 0 },
      { id: 70_000, category_id: 2, area: 64 - 8 * border, iscrowd: 0 },
    ];
    const annotations = [{ image_id: 9, file_name: 'p.png', segments_info }];
    await writeFile(at(`${side}.json`), JSON.stringify({ images: [{ id: 9 }], annotations, categories }));
  }
  const { scores } = await evaluated(`--gt ${at('truth.json')} --dt ${at('found.json')} --metric pq`);
  expect(scores[0].measures.map(({ value }) => value)).toEqual([
    (4 / 5 + 3 / 4) / 2,
    (4 / 5 + 3 / 4) / 2,
    1,
    4 / 5,
    3 / 4,
  ]);
  await writeFile(at('none.json'), JSON.stringify({ annotations: [], categories }));
  expect(await refused(`--gt ${at('truth.json')} --dt ${at('none.json')} --metric pq`)).toContain('lacks images 9');
});
