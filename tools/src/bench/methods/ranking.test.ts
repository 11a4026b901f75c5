import { describe, expect, test } from 'vitest';
import { colours } from '../../report/charts.js';
import { drawRanking } from './draw.js';
import { planJobs } from './plan.js';
import { rank } from './ranking.js';
import type { MethodRun } from './result.js';

/** Runs of one method from seeds 1, 2, … */
function runs(method: string, ...tops: number[]): MethodRun[] {
  return tops.map((top1, i) => ({
    ...{
      method,
      seed: i + 1,
      top1,
      steps: 10,
      batchSize: 4,
      optimizer: { kind: 'adam' },
      schedule: { kind: 'constant' },
    },
    ...{ loss: [], seconds: 1, imagesPerSecond: 1, parameters: { latent: 9, other: 1 }, commit: 'c', cpu: 'a CPU' },
  }));
}

describe('rank', () => {
  const ranking = rank([
    ...runs('low', 20, 21, 22),
    ...runs('float', 50, 51, 52),
    ...runs('high', 40, 41, 42),
    ...runs('wide', 30, 41, 49),
    ...runs('single', 35),
  ]);
  const of = (name: string) => ranking.find(({ method }) => method === name);

  test('the highest mean comes first, with its interval and distance to the float twin', () => {
    expect(ranking.map(({ method }) => method)).toEqual(['float', 'high', 'wide', 'single', 'low']);
    expect(of('high')).toMatchObject({ mean: 41, deviation: 1, toFloat: -10, seeds: [1, 2, 3] });
    expect(of('high')?.interval?.[0]).toBeCloseTo(41 - 2.4843, 3);
    expect(of('single')).toMatchObject({ interval: null, toFloat: -15 });
  });

  test('a place is as wide as the pairs leave it', () => {
    // Seed by seed, high is better than low; wide spreads too far to be told from anything, a single run says nothing.
    expect(of('high')).toMatchObject({ places: [1, 3], notToldApart: ['wide', 'single'] });
    expect(of('low')).toMatchObject({ places: [2, 4], notToldApart: ['wide', 'single'] });
    expect(of('single')).toMatchObject({ places: [1, 4], notToldApart: ['low', 'high', 'wide'] });
    expect(of('float')).toMatchObject({ places: null, notToldApart: [] });
  });

  test('the figure has every method', () => {
    const svg = drawRanking(ranking, 'title');
    expect(svg.match(new RegExp(`fill="${colours[0]}"`, 'g'))).toHaveLength(10);
    expect(svg.match(new RegExp(`fill="${colours[1]}"`, 'g'))).toHaveLength(3);
    for (const { method } of ranking) expect(svg).toContain(`>${method}</text>`);
  });
});

test('jobs go seed by seed, each with the same budget', () => {
  const budget = { recipe: 'r', dataset: 'cifar10:D', steps: 7, batchSize: 3 };
  const jobs = planJobs(['float', 'bnn'], 2, budget, 'runs');
  expect(jobs.map(({ name }) => name)).toEqual(['float-seed1', 'bnn-seed1', 'float-seed2', 'bnn-seed2']);
  expect(new Set(jobs.map(({ folder }) => folder)).size).toBe(4);
  for (const { command } of jobs)
    expect(command).toEqual(expect.arrayContaining(['train.steps=7', 'train.batchSize=3']));
});
