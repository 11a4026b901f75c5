import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors } from '../../../packages/common/src/index.js';
import { compared, goldenFolder, thirdPartyFolder } from '../../../test/golden.js';
import { COCO, COCOeval, type CocoFile, type CocoResult, type IouType, type Params } from '../src/index.js';

interface Published {
  stats?: (number | null)[];
  stats_3_decimals?: number[];
  tolerance?: number;
  AP?: number;
  AP_below?: number;
  AP_per_class?: Record<string, number>;
  AR100_per_class?: Record<string, number>;
  AR_50?: number;
  AR_75?: number;
}
interface Case {
  name?: string;
  iouType: IouType;
  params: Partial<Params>;
  gt?: CocoFile;
  dt: string | CocoResult[];
  published?: Published;
  expected?: Published;
  'pycocotools_2.0.11': { stats: number[]; stats_whole_vector_pairwise?: number[]; arrays?: string };
}
interface CustomRanges extends Record<IouType, number[]> {
  areaRng: [number, number][];
  areaRngLbl: string[];
  keys: string[];
  tolerance: number;
}

const read = <T>(...path: string[]) => JSON.parse(readFileSync(join(thirdPartyFolder, ...path), 'utf8')) as T;
const kindOf = (...path: string[]) => join('evaluation/third-party', ...path);

/** Sets of others are as they are: pycocotools' own number is asked for. */
function run(truth: CocoFile, results: readonly CocoResult[], iouType: IouType, params: Partial<Params>): COCOeval {
  const cocoGt = COCO.from(truth, { strict: false });
  const evaluation = new COCOeval(cocoGt, cocoGt.loadRes(results), iouType);
  Object.assign(evaluation.params, params);
  evaluation.evaluate();
  evaluation.accumulate();
  return evaluation;
}

/** Mean of what is above -1 in part of the precisions or recalls. */
function meanWhere(evaluation: COCOeval, what: 'precision' | 'recall', t: number | undefined, a: number, m: number) {
  const [T, R, K, A, M] = evaluation.eval.counts;
  const rows = what === 'precision' ? R * K : K;
  const values: number[] = [];
  for (let row = 0; row < T * rows; row++) {
    const value = evaluation.eval[what][row * A * M + a * M + m];
    if (value > -1 && (t === undefined || Math.floor(row / rows) === t)) values.push(value);
  }
  return values.length === 0 ? -1 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function expectPublished(evaluation: COCOeval, published: Published): void {
  const { stats } = evaluation;
  const tolerance = published.tolerance ?? 1e-12;
  const close = (value: number, wanted: number, what: string, within = tolerance) =>
    expect(Math.abs(value - wanted), what).toBeLessThanOrEqual(within);
  published.stats?.forEach((wanted, i) => {
    if (wanted !== null) close(stats[i], wanted, `published stats[${i}]`);
  });
  published.stats_3_decimals?.forEach((wanted, i) => {
    close(stats[i], wanted, `printed stats[${i}]`, 0.0005 + 1e-12);
  });
  if (published.AP !== undefined) close(stats[0], published.AP, 'AP');
  if (published.AP_below !== undefined) expect(stats[0]).toBeLessThan(published.AP_below);
  const byName = new Map(evaluation.perCategory().map((category) => [String(category.id), category]));
  for (const [id, wanted] of Object.entries(published.AP_per_class ?? {}))
    close(byName.get(id)!.AP, wanted, `AP of ${id}`);
  for (const [id, wanted] of Object.entries(published.AR100_per_class ?? {}))
    close(byName.get(id)!.AR, wanted, `AR of ${id}`);
  const { iouThrs } = evaluation.eval.params;
  for (const [key, iou] of [
    ['AR_50', 0.5],
    ['AR_75', 0.75],
  ] as const) {
    const wanted = published[key];
    if (wanted !== undefined) close(meanWhere(evaluation, 'recall', iouThrs.indexOf(iou), 0, 2), wanted, key);
  }
}

/** Arrays of pycocotools: recall, and the precision of all areas at the largest limit. */
function expectArrays(evaluation: COCOeval, folder: string, file: string): void {
  const path = join(thirdPartyFolder, folder, file);
  const { tensors } = decodeSafetensors(readFileSync(path), path);
  const [, , , A, M] = evaluation.eval.counts;
  const arrays: Record<string, Float64Array> = {
    recall: evaluation.eval.recall,
    precision_all_100: evaluation.eval.precision.filter((_, i) => i % (A * M) === M - 1),
  };
  let number = 0;
  for (const [name, { data }] of tensors) {
    if (name === 'stats') continue;
    expect(
      Buffer.compare(Buffer.from(arrays[name].buffer), Buffer.from(Float64Array.from(data as Float64Array).buffer)),
      name,
    ).toBe(0);
    number++;
  }
  compared(kindOf(folder, file), number);
}

function expectCase(evaluation: COCOeval, sample: Case, folder: string): void {
  const reference = sample['pycocotools_2.0.11'];
  evaluation.stats.forEach((value, i) => {
    const sums = [reference.stats[i], reference.stats_whole_vector_pairwise?.[i]];
    if (!sums.includes(value)) expect(Math.abs(value - reference.stats[i]), `stats[${i}]`).toBeLessThan(1e-12);
  });
  for (const published of [sample.published, sample.expected]) if (published) expectPublished(evaluation, published);
  if (reference.arrays) expectArrays(evaluation, folder, reference.arrays);
}

/** `AP_all`, `AP_50`, `AP_small`, `AR_second`, … from the arrays. */
function customNumber(evaluation: COCOeval, key: string, labels: readonly string[]): number {
  const [what, part] = key.split('_');
  const limit = ['all', 'second', 'third'].indexOf(part);
  const { iouThrs } = evaluation.eval.params;
  if (what === 'AP') {
    const t = /^\d+$/.test(part) ? iouThrs.indexOf(Number(part) / 100) : undefined;
    return meanWhere(evaluation, 'precision', t, t === undefined ? labels.indexOf(part) : 0, 2);
  }
  return limit < 0
    ? meanWhere(evaluation, 'recall', undefined, labels.indexOf(part), 2)
    : meanWhere(evaluation, 'recall', undefined, 0, limit);
}

const entries = existsSync(thirdPartyFolder) ? readdirSync(thirdPartyFolder) : [];
const has = (folder: string, file: string) => existsSync(join(thirdPartyFolder, folder, file));
const folders = entries.filter((name) => has(name, 'gt.json') && has(name, 'expected.json'));
const files = entries.filter(
  (name) => name.endsWith('.json') && 'pycocotools_2.0.11' in (read<{ cases?: Case[] }>(name).cases?.[0] ?? {}),
);

if (folders.length + files.length === 0) {
  // Other people's data is not in this repository: without the golden folder there is nothing to compare, and the report must say so.
  test.skip(`sets of others: no ${thirdPartyFolder}; ONEBIT_GOLDEN names the golden folder (now ${goldenFolder})`, () => {});
}

describe.skipIf(folders.length === 0)('COCO sets with published numbers', () => {
  test.each(folders)('%s', (folder) => {
    const truth = read<CocoFile>(folder, 'gt.json');
    const { cases } = read<{ cases: Case[] }>(folder, 'expected.json');
    for (const sample of cases) {
      const results = typeof sample.dt === 'string' ? read<CocoResult[]>(folder, sample.dt) : sample.dt;
      expectCase(run(truth, results, sample.iouType, sample.params), sample, folder);
    }
    compared(kindOf(folder, 'expected.json'), cases.length);
  });

  test.each(folders.filter((folder) => has(folder, 'custom-ranges.json')))('%s: other area ranges', (folder) => {
    const truth = read<CocoFile>(folder, 'gt.json');
    const custom = read<CustomRanges>(folder, 'custom-ranges.json');
    const { areaRng, areaRngLbl } = custom;
    for (const iouType of ['bbox', 'segm'] as const) {
      const evaluation = run(truth, read<CocoResult[]>(folder, `dt_${iouType}.json`), iouType, { areaRng, areaRngLbl });
      custom.keys.forEach((key, i) => {
        const difference = customNumber(evaluation, key, areaRngLbl) - custom[iouType][i];
        expect(Math.abs(difference), `${iouType} ${key}`).toBeLessThan(custom.tolerance);
      });
    }
    compared(kindOf(folder, 'custom-ranges.json'), 2 * custom.keys.length);
  });
});

describe.skipIf(files.length === 0)('small cases of other evaluators', () => {
  test.each(files)('%s', (file) => {
    const { cases } = read<{ cases: Case[] }>(file);
    for (const sample of cases) {
      expectCase(run(sample.gt!, sample.dt as CocoResult[], sample.iouType, sample.params), sample, '');
    }
    compared(kindOf(file), cases.length);
  });
});
