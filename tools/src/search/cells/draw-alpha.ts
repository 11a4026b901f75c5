import { type CellKind, cellKinds } from '@onebit/backbones';
import { renderChart } from '../../report/charts.js';
import { operationColours } from './colours.js';
import type { AlphaRecord } from './gradients.js';

/** The mean softmax weight of each operation over the updates, in percent; normal cells as lines, reduction cells dashed in the same colour. */
export function drawAlpha(title: string, records: readonly AlphaRecord[]): string {
  const names = [...new Set(records.flatMap(({ edges }) => edges.flatMap(({ operations }) => operations)))];
  const axis = { type: 'value', scale: true, nameLocation: 'middle' } as const;
  return renderChart(
    { title, width: 640, height: 420 },
    {
      grid: { left: 58, right: 24, top: 48, bottom: 82 },
      xAxis: { ...axis, min: 'dataMin', max: 'dataMax', name: 'updates (reduction cells dashed)', nameGap: 26 },
      yAxis: { ...axis, name: 'mean softmax weight, %', nameGap: 36 },
      legend: { bottom: 0, data: names },
      series: cellKinds.flatMap((kind) =>
        names.map((name) => ({
          type: 'line',
          name,
          data: records.map((record) => [record.update, meanWeight(record, kind, name)]),
          showSymbol: false,
          color: operationColours[name],
          lineStyle: { width: 1.8, type: kind === 'reduction' ? 'dashed' : 'solid' },
        })),
      ),
    },
  );
}

/** Over the edges of a kind that have the operation; null where none has it. */
function meanWeight({ edges }: AlphaRecord, kind: CellKind, name: string): number | null {
  const weights = edges.flatMap((edge) =>
    edge.kind === kind ? edge.weights.filter((_, i) => edge.operations[i] === name) : [],
  );
  return weights.length === 0 ? null : (100 * weights.reduce((sum, weight) => sum + weight, 0)) / weights.length;
}
