import { colours, renderChart } from './charts.js';
import { drawConfusion } from './draw-confusion.js';
import type { BarPlot, CurvePlot, HistogramPlot, Plot } from './plots.js';

/** The figure as an SVG text. */
export function drawPlot(plot: Plot): string {
  switch (plot.kind) {
    case 'curves':
      return drawCurves(plot);
    case 'bars':
      return drawBars(plot);
    case 'confusion':
      return drawConfusion(plot);
    case 'histogram':
      return drawHistogram(plot);
  }
}

/** More lines than colours that can be told apart: then all but the mean are grey. */
const mostColours = colours.length;

function drawCurves({ title, xName, yName, curves }: CurvePlot): string {
  const isCrowded = curves.length > mostColours + 1;
  const legend = curves.filter(({ isMean }) => !isCrowded || isMean).map(({ name }) => name);
  const unit = { type: 'value', min: 0, max: 1, nameLocation: 'middle', ...axis } as const;
  let colour = 0;
  return renderChart(
    { title, width: 560, height: 420 },
    {
      grid: { left: 56, right: 20, top: 44, bottom: 54 + 18 * Math.ceil(legend.length / 3) },
      xAxis: { ...unit, name: xName, nameGap: 26 },
      yAxis: { ...unit, name: yName, nameGap: 36 },
      legend: { bottom: 0, itemWidth: 22, itemHeight: 8, data: legend, textStyle: { fontSize: 11 } },
      series: curves.map(({ name, points, isMean }) => ({
        type: 'line',
        name,
        data: points.map(([x, y]) => [x, y]),
        showSymbol: false,
        z: isMean ? 3 : 2,
        lineStyle: isMean ? { width: 2.6 } : { width: isCrowded ? 0.8 : 1.6, opacity: isCrowded ? 0.55 : 1 },
        color: isMean ? '#111111' : isCrowded ? '#8a9bb0' : colours[colour++],
      })),
    },
  );
}

/** Up to here names stand below their bars; more are turned. */
const straightNames = 8;

function drawBars({ title, yName, yMax, bars }: BarPlot): string {
  const known = bars.filter((bar) => bar.value !== null);
  const width = Math.min(1120, Math.max(420, 90 + 34 * bars.length));
  const turned = bars.length > straightNames;
  const longest = Math.max(...bars.map(({ name }) => name.length), 1);
  const digits = Math.max(...known.map(({ value }) => Math.abs(value ?? 0)), 0) >= 10 ? 1 : 2;
  return renderChart(
    { title, width, height: 330 },
    {
      grid: { left: 56, right: 16, top: 48, bottom: turned ? 18 + Math.min(120, longest * 5.2) : 30 },
      xAxis: {
        type: 'category',
        data: bars.map(({ name }) => name),
        ...axis,
        splitLine: { show: false },
        axisTick: { show: false },
        axisLabel: { interval: 0, rotate: turned ? 55 : 0, fontSize: bars.length > 40 ? 9 : 11, color: '#333' },
      },
      yAxis: { type: 'value', max: yMax, name: yName, nameLocation: 'middle', nameGap: 38, ...axis },
      series: [
        {
          type: 'bar',
          data: bars.map(({ value }) => value),
          barMaxWidth: 30,
          barCategoryGap: '32%',
          color: colours[0],
          label: {
            show: bars.length <= 24 && bars.every(({ low }) => low === undefined),
            position: 'top',
            fontSize: 10,
            formatter: ({ value }: { value: number | null }) => (value === null ? '' : value.toFixed(digits)),
          },
        },
        { type: 'custom', data: intervals(bars), renderItem: whisker, z: 5 },
      ],
    },
  );
}

/** [position, low, high] of the bars that have an interval. */
function intervals(bars: BarPlot['bars']): [number, number, number][] {
  return bars.flatMap(({ low, high }, i) =>
    low === undefined || high === undefined ? [] : [[i, low, high] as [number, number, number]],
  );
}

interface WhiskerApi {
  value(dimension: number): number;
  coord(point: readonly [number, number]): [number, number];
}

/** The line of an interval with its two caps. */
function whisker(_: unknown, api: WhiskerApi) {
  const [x, low] = api.coord([api.value(0), api.value(1)]);
  const [, high] = api.coord([api.value(0), api.value(2)]);
  const line = (x1: number, y1: number, x2: number, y2: number) => ({
    type: 'line',
    shape: { x1, y1, x2, y2 },
    style: { stroke: '#111', lineWidth: 1.2 },
  });
  const cap = 3.5;
  return {
    type: 'group',
    children: [line(x, low, x, high), line(x - cap, low, x + cap, low), line(x - cap, high, x + cap, high)],
  };
}

function drawHistogram({ title, xName, edges, series }: HistogramPlot): string {
  const first = edges[0] ?? 0;
  const last = edges[edges.length - 1] ?? 1;
  const step = (last - first) / Math.max(edges.length - 1, 1);
  return renderChart(
    { title, width: 560, height: 340 },
    {
      grid: { left: 66, right: 20, top: 44, bottom: 74 },
      xAxis: { type: 'value', min: first, max: last, name: xName, nameLocation: 'middle', nameGap: 26, ...axis },
      yAxis: { type: 'value', name: 'detections', nameLocation: 'middle', nameGap: 50, ...axis },
      legend: { bottom: 0, itemWidth: 14, itemHeight: 10, data: series.map(({ name }) => name) },
      series: series.map(({ name, counts }) => ({
        type: 'bar',
        name,
        stack: 'all',
        data: counts.map((count, i) => [first + (i + 0.5) * step, count]),
        barWidth: Math.max(2, 470 / Math.max(counts.length, 1) - 1),
      })),
    },
  );
}

const axis = {
  axisLine: { show: true, lineStyle: { color: '#444' } },
  nameTextStyle: { color: '#222', fontSize: 12 },
  axisLabel: { color: '#333', fontSize: 11 },
  splitLine: { lineStyle: { color: '#e8eaed' } },
} as const;
