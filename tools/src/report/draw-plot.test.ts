import { describe, expect, test } from 'vitest';
import { drawPlot } from './draw-plot.js';
import type { Plot } from './plots.js';

const hostile = '<b>&"x"';
const base = { id: 'figure', title: hostile, caption: '' };
const names = (count: number) => Array.from({ length: count }, (_, i) => (i === 0 ? hostile : `class ${i}`));

/** Every kind of figure with `count` classes, curves or bins. */
function plots(count: number): Plot[] {
  const some = names(count);
  return [
    {
      ...{ ...base, kind: 'curves', xName: 'recall', yName: 'precision' },
      curves: some.map((name, i) => ({
        name,
        isMean: i === 1,
        points:
          i === 2
            ? []
            : [
                [0, 1],
                [1, 0],
              ],
      })),
    },
    {
      ...{ ...base, kind: 'bars', yName: 'AP', yMax: 1 },
      bars: some.map((name, i) => ({ name, value: i === 2 ? null : 0.5, ...(i === 1 ? { low: 0.4, high: 0.6 } : {}) })),
    },
    { ...base, kind: 'confusion', names: some, counts: some.map((_, i) => some.map((__, j) => (i === 1 ? 0 : i * j))) },
    {
      ...{ ...base, kind: 'histogram', xName: 'score' },
      edges: Array.from({ length: count + 1 }, (_, i) => i / Math.max(count, 1)),
      series: [{ name: hostile, counts: some.map((_, i) => i) }],
    },
  ];
}

describe.each([0, 1, 3, 21, 80])('figures of %i classes', (count) => {
  test.each(plots(count).map((plot) => [plot.kind, plot] as const))('%s', (_, plot) => {
    const svg = drawPlot(plot);
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity|<b>/);
    if (count > 0) expect(svg).toMatch(/&(lt|#60);b/);
  });
});

test('a cell of the confusion matrix tells its share of the row', () => {
  const svg = drawPlot({
    ...base,
    kind: 'confusion',
    names: ['a', 'b'],
    counts: [
      [3, 1],
      [0, 8],
    ],
  });
  expect([...svg.matchAll(/font-size="10.5"[^>]*>([^<]*)</g)].map(([, share]) => share)).toEqual(['75', '25', '100']);
});
