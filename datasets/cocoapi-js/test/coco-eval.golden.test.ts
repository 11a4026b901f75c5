import { describe, expect, test } from 'vitest';
import { compared, goldenCases, goldenFile, goldenJson, hasGolden } from '../../../test/golden.js';
import {
  COCO,
  COCOeval,
  type CocoFile,
  type CocoResult,
  type EvalImg,
  type IouType,
  type Params,
} from '../src/index.js';

interface Run {
  iouType: IouType;
  params: Partial<Params>;
  stats: number[] | 'IndexError';
  stats_whole_vector_pairwise: number[] | 'IndexError';
  shape_precision_T_R_K_A_M: number[];
  catIds_evaluated: (number | string)[];
}

const folders = goldenCases('evaluation', /^(bbox|segm)_/).map((name) => `evaluation/${name}`);
const isRun = (name: string) => name.endsWith('.json') && !/^(gt|dt)\.json$|\.evalImgs\.json$/.test(name);

/** pycocotools' own number, whatever the data: that is what the vectors hold. */
function evaluate(folder: string, { iouType, params }: Run): COCOeval {
  const truth = goldenJson<CocoFile>(`${folder}/gt.json`);
  const cocoGt = COCO.from(truth, { strict: false });
  const evaluation = new COCOeval(cocoGt, cocoGt.loadRes(goldenJson<CocoResult[]>(`${folder}/dt.json`)), iouType);
  Object.assign(evaluation.params, params);
  evaluation.evaluate();
  evaluation.accumulate();
  return evaluation;
}

/** Equal as doubles; the arrays are too large for a matcher that prints both. */
function expectBits(actual: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  const different = Array.from(wanted).findIndex((value, i) => !Object.is(value, actual[i]));
  expect([actual.length, different], `${what}: length and first difference`).toEqual([wanted.length, -1]);
}

/** Either of NumPy's two sums, or closer than any sum can be asked to be. */
function expectStats(evaluation: COCOeval, run: Run): void {
  if (run.stats === 'IndexError') {
    expect(() => evaluation.stats).toThrow(/maxDets: must hold three limits/);
    return;
  }
  evaluation.stats.forEach((value, i) => {
    const wanted = [run.stats, run.stats_whole_vector_pairwise].map((stats) => Number(stats[i]));
    if (!wanted.includes(value)) expect(Math.abs(value - wanted[0]), `stats[${i}]`).toBeLessThan(1e-12);
  });
}

/** Arrays stored as they are in `eval`, and parameters. */
function expectArrays(evaluation: COCOeval, kind: string): number {
  const { precision, recall, scores, counts, params } = evaluation.eval;
  const [T, R, K, A, M] = counts;
  const arrays = {
    precision: { values: precision, shape: [T, R, K, A, M] },
    recall: { values: recall, shape: [T, K, A, M] },
    scores: { values: scores, shape: [T, R, K, A, M] },
    iouThrs: { values: Float64Array.from(params.iouThrs), shape: [T] },
    recThrs: { values: Float64Array.from(params.recThrs), shape: [R] },
  };
  let number = 0;
  for (const [name, { data, shape }] of goldenFile(kind).tensors) {
    if (name === 'stats') continue; // compared with the run's JSON, which holds both sums
    const mine = arrays[name as keyof typeof arrays];
    expect(mine.shape, `${kind}: shape of ${name}`).toEqual([...shape]);
    expectBits(mine.values, data as Float64Array, `${kind}: ${name}`);
    number++;
  }
  return number;
}

/** The vectors leave out `maxDet`. */
function withoutLimit(entry: EvalImg | null): object | null {
  if (entry === null) return null;
  const { maxDet: _, ...rest } = entry;
  return rest;
}

describe.skipIf(folders.length === 0)('COCOeval equals pycocotools bit for bit', () => {
  const runs = folders.flatMap((folder) =>
    goldenCases(folder)
      .filter(isRun)
      .map((name) => [folder, name] as const),
  );
  test.each(runs)('%s/%s', (folder, name) => {
    const run = goldenJson<Run>(`${folder}/${name}`);
    const evaluation = evaluate(folder, run);
    expect([...evaluation.eval.counts]).toEqual(run.shape_precision_T_R_K_A_M);
    expect(evaluation.eval.params.catIds).toEqual(run.catIds_evaluated);
    const arrays = `${folder}/${name.replace(/json$/, 'safetensors')}`;
    const number = expectArrays(evaluation, arrays);
    expectStats(evaluation, run);
    compared(arrays, number);

    const matches = `${folder}/${name.replace(/json$/, 'evalImgs.json')}`;
    if (!hasGolden(matches)) return;
    expect(evaluation.evalImgs.map(withoutLimit)).toEqual(goldenJson(matches));
    compared(matches, evaluation.evalImgs.length);
  });

  test.each(runs)('%s/%s: weights of 1 are the numbers themselves', (folder, name) => {
    const run = goldenJson<Run>(`${folder}/${name}`);
    if (run.stats === 'IndexError') return;
    const evaluation = evaluate(folder, run);
    const ones = new Uint32Array(evaluation.eval.params.imgIds.length).fill(1);
    expectBits(evaluation.statsOf(ones), evaluation.stats, 'statsOf');
  });
});
