import type { MetricsLine } from '@onebit/training';
import { describe, expect, test } from 'vitest';
import { barChart, lineChart } from './charts.js';
import { metricChart, runCharts } from './run-report.js';

const options = { title: 'Loss', xName: 'step', yName: 'loss' };

/** Numbers a browser can draw, and a document it can read. */
function expectSound(svg: string): void {
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
}

/** Ids differ from chart to chart, so that several can stand in one page. */
function withoutIds(svg: string): string {
  return svg.replaceAll(/zr\d+-(cls-|c)\d+/g, 'id');
}

describe('charts', () => {
  test('a line chart shows title, axes, legend and a line for each series', () => {
    const series = ['total', 'loc'].map((name, i) => ({
      name,
      points: Array.from({ length: 20 }, (_, x): [number, number] => [x, i + x]),
    }));
    const svg = lineChart(series, options);
    expectSound(svg);
    for (const word of ['Loss', 'step', 'loss', 'total', 'loc']) expect(svg).toContain(`>${word}</text>`);
    expect(svg.match(/stroke="#(0072b2|d55e00)"[^>]*>/g)!.length).toBeGreaterThanOrEqual(2);
    expect(withoutIds(lineChart(series, options))).toBe(withoutIds(svg));
  });

  test.each<[string, [number, number | null][]]>([
    ['no point', []],
    ['one point', [[1, 2]]],
    [
      'equal values',
      [
        [1, 2],
        [2, 2],
      ],
    ],
    [
      'a gap',
      [
        [1, 2],
        [2, null],
        [3, 1],
      ],
    ],
    [
      'zeros on a logarithmic axis',
      [
        [1, 0],
        [2, 5],
      ],
    ],
    [
      'huge and tiny values',
      [
        [1, 1e30],
        [2, 1e-30],
      ],
    ],
  ])('%s is no fault', (_, points) => {
    for (const yLog of [false, true]) expectSound(lineChart([{ name: 'a', points }], { ...options, yLog }));
  });

  test('no series at all is no fault', () => {
    expectSound(lineChart([], options));
    expectSound(barChart([], [], options));
  });

  test('names are escaped', () => {
    const name = '<b>&"x"';
    for (const svg of [
      lineChart(
        [
          {
            name,
            points: [
              [0, 1],
              [1, 2],
            ],
          },
        ],
        { ...options, title: name },
      ),
      barChart([name], [{ name, values: [1] }], { ...options, title: name }),
    ]) {
      expectSound(svg);
      expect(svg).not.toContain('<b>');
      expect(svg).toContain('&lt;b&gt;&amp;');
    }
  });

  test('bars are as high as their values', () => {
    const svg = barChart(['cat', 'dog'], [{ name: 'AP', values: [25, 50] }], { ...options, yMax: 100 });
    expectSound(svg);
    const heights = [...svg.matchAll(/<path d="M[\d.]+ ([\d.]+)l[\d.]+ 0l0 -([\d.]+)[^>]*fill="#0072b2"/g)].map((m) =>
      Number(m[2]),
    );
    expect(heights).toHaveLength(2);
    expect(heights[1] / heights[0]).toBeCloseTo(2, 2);
  });
});

describe('charts of a run', () => {
  const line = (step: number, total: number): MetricsLine => ({
    kind: 'train',
    step,
    time: 0,
    rate: 0.1,
    total,
    terms: { loc: total / 2 },
    gradientNorm: 1,
    imagesPerSecond: 10,
    dataWait: 0,
  });
  const evaluation: MetricsLine = { kind: 'evaluation', step: 2, time: 0, weights: 'ema', metrics: { mAP: 0.25 } };

  test('show loss, gradient norm and speed, and mAP once there is one', () => {
    const lines = [line(1, 30), line(2, 3)];
    expect(runCharts('run', lines).map((svg) => />(run: [^<]*|mAP over training)</.exec(svg)?.[1])).toEqual([
      'run: loss',
      'run: gradient norm',
      'run: speed',
    ]);
    const charts = runCharts('run', [...lines, evaluation]);
    expect(charts).toHaveLength(4);
    expect(withoutIds(charts[1])).toBe(withoutIds(metricChart([{ name: 'run', lines: [evaluation] }])));
    for (const svg of charts) expectSound(svg);
  });

  test('of a run without a line are drawn empty', () => {
    for (const svg of runCharts('run', [])) expectSound(svg);
  });
});
