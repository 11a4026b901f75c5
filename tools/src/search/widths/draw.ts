import { colours, renderChart } from '../../report/charts.js';
import type { ScoredNetwork } from './score.js';

/** Accuracy over operations: every candidate, the front as a line, the networks of one multiplier as squares. */
export function drawWidths(
  title: string,
  networks: {
    readonly candidates: readonly ScoredNetwork[];
    readonly front: readonly ScoredNetwork[];
    readonly uniform: readonly ScoredNetwork[];
  },
): string {
  const points = (list: readonly ScoredNetwork[]) =>
    list.map(({ operations, top1 }) => [operations / 1e6, 100 * top1] as const);
  const axis = { type: 'value', scale: true, nameLocation: 'middle' } as const;
  return renderChart(
    { title, width: 640, height: 400 },
    {
      xAxis: { ...axis, name: 'M operations (rule bireal)', nameGap: 26 },
      yAxis: { ...axis, name: 'top-1 on held-out pictures, %', nameGap: 36 },
      legend: { bottom: 0, data: ['candidates', 'front', 'one multiplier'] },
      series: [
        { type: 'scatter', name: 'candidates', data: points(networks.candidates), symbolSize: 6, color: '#8a9bb0' },
        { type: 'line', name: 'front', data: points(networks.front), symbolSize: 7, color: colours[0] },
        {
          ...{ type: 'scatter', name: 'one multiplier', data: points(networks.uniform) },
          ...{ symbol: 'rect', symbolSize: 8, color: colours[1], z: 4 }, // above the line, where they lie on it
        },
      ],
    },
  );
}
