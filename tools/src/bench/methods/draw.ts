import { colours, renderChart } from '../../report/charts.js';
import { floatTwin } from './plan.js';
import type { RankedMethod } from './ranking.js';

/** One row per method, the best on top: a dot for each seed, a line for the mean and one for its 95 % interval, as far as it lies in the range of the dots. */
export function drawRanking(ranking: readonly RankedMethod[], title: string): string {
  const rows = [...ranking].reverse(); // a category axis counts from below
  const values = rows.flatMap((row) => row.values);
  const min = Math.floor(Math.min(...values) - 2);
  const max = Math.ceil(Math.max(...values) + 2);
  const within = (value: number) => Math.min(max, Math.max(min, value));
  return renderChart(
    { title, width: 720, height: 110 + 20 * rows.length },
    {
      grid: { left: 132, right: 24, top: 48, bottom: 48 },
      xAxis: { type: 'value', min, max, name: 'top-1, %', nameLocation: 'middle', nameGap: 26 },
      yAxis: { type: 'category', data: rows.map(({ method }) => method), axisTick: { show: false } },
      series: [
        {
          type: 'custom',
          data: rows.map(({ interval, mean }, i) => {
            const [low, high] = interval ?? [mean, mean];
            return [i, mean, within(low), within(high)];
          }),
          renderItem: meanAndInterval,
        },
        {
          type: 'scatter',
          symbolSize: 7,
          data: rows.flatMap(({ method, values: tops }, i) =>
            tops.map((top1) => ({
              value: [top1, i],
              itemStyle: { color: method === floatTwin ? colours[1] : colours[0] },
            })),
          ),
        },
      ],
    },
  );
}

interface CustomApi {
  value(dimension: number): number;
  coord(point: readonly [number, number]): [number, number];
}

/** A thin line for the interval, a short thick one across it for the mean. */
function meanAndInterval(_: unknown, api: CustomApi) {
  const row = api.value(0);
  const [mean, y] = api.coord([api.value(1), row]);
  const [low] = api.coord([api.value(2), row]);
  const [high] = api.coord([api.value(3), row]);
  const line = (x1: number, y1: number, x2: number, y2: number, lineWidth: number) => ({
    type: 'line',
    shape: { x1, y1, x2, y2 },
    style: { stroke: '#666666', lineWidth },
  });
  return { type: 'group', children: [line(low, y, high, y, 1), line(mean, y - 7, mean, y + 7, 2)] };
}
