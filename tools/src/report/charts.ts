import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

/** One line of a chart; points are `[x, y]`, a `null` y leaves a gap. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number | null])[];
  readonly dashed?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  readonly width?: number;
  readonly height?: number;
  readonly yMax?: number;
  readonly yLog?: boolean;
}

/** Colours that people with the common colour-vision deficiencies can tell apart (Okabe and Ito 2008), minus the yellow that vanishes on white. */
export const colours: readonly string[] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'];

/** A line chart as an SVG text. */
export function lineChart(series: readonly Series[], options: ChartOptions): string {
  return renderChart(options, {
    xAxis: { type: 'value', name: options.xName, nameLocation: 'middle', nameGap: 26, min: 'dataMin', max: 'dataMax' },
    yAxis: { type: options.yLog ? 'log' : 'value', name: options.yName, max: options.yMax, scale: options.yLog },
    series: series.map(({ name, points, dashed }) => ({
      type: 'line',
      name,
      data: points.map(([x, y]) => [x, y]),
      showSymbol: points.length < 12,
      symbolSize: 5,
      lineStyle: { width: 1.8, type: dashed ? 'dashed' : 'solid' },
    })),
    legend: { bottom: 0, data: series.map(({ name }) => name) },
  });
}

/** Grouped bars: one group for each category, one bar in it for each series. */
export function barChart(
  categories: readonly string[],
  series: readonly { name: string; values: readonly number[] }[],
  options: ChartOptions,
): string {
  return renderChart(options, {
    xAxis: {
      type: 'category',
      data: [...categories],
      axisLabel: { rotate: categories.length > 6 ? 40 : 0, interval: 0 },
    },
    yAxis: { type: 'value', name: options.yName, max: options.yMax },
    series: series.map(({ name, values }) => ({ type: 'bar', name, data: [...values] })),
    legend: { bottom: 0, data: series.map(({ name }) => name) },
  });
}

/** A chart of any kind, with the look that all of them share. */
export function renderChart(
  { title, width = 560, height = 340 }: Pick<ChartOptions, 'title' | 'width' | 'height'>,
  option: Record<string, unknown>,
): string {
  use([LineChart, BarChart, ScatterChart, CustomChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      color: [...colours],
      title: { text: title, textStyle: { fontSize: 14 } },
      grid: { left: 58, right: 24, top: 48, bottom: 64 },
      ...option,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
