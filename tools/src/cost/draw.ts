import type { Cost } from '@onebit/nn';
import { colours, renderChart } from '../report/charts.js';

/** Operations by the rule `bireal` and bits by the rule `survey`, one bar for each part of the model; what is done or stored in single bits stands apart. */
export function drawCost(parts: readonly { readonly name: string; readonly cost: Cost }[], title: string): string {
  const rows = [...parts].reverse(); // a category axis counts from below
  const million = (value: number) => value / 1e6;
  const panel = (i: number, name: string) => ({
    xAxis: { type: 'value', gridIndex: i, name, nameLocation: 'middle', nameGap: 26 },
    yAxis: {
      type: 'category',
      gridIndex: i,
      data: rows.map((row) => row.name),
      axisTick: { show: false },
      axisLabel: { show: i === 0 },
    },
  });
  const series = (i: number, name: string, colour: string, count: (cost: Cost) => number) => ({
    ...{ type: 'bar', name, stack: String(i), xAxisIndex: i, yAxisIndex: i, color: colour, barMaxWidth: 18 },
    data: rows.map(({ cost }) => million(count(cost))),
  });
  const [bit, float] = colours;
  const panels = [panel(0, 'M operations'), panel(1, 'Mbit')];
  return renderChart(
    { title, width: 860, height: 130 + 24 * rows.length },
    {
      grid: [
        { left: 130, width: 320, top: 48, bottom: 72 },
        { left: 490, width: 320, top: 48, bottom: 72 },
      ],
      xAxis: panels.map(({ xAxis }) => xAxis),
      yAxis: panels.map(({ yAxis }) => yAxis),
      legend: { bottom: 0, data: ['float', 'binary'] },
      series: [
        series(0, 'float', float, ({ macs }) => macs.float),
        series(0, 'binary', bit, ({ macs }) => macs.binary / 64),
        series(1, 'float', float, ({ bits }) => bits.weights + bits.scales),
        series(1, 'binary', bit, ({ bits }) => bits.latent),
      ],
    },
  );
}
