import { join } from 'node:path';
import { writeFileAtomic } from '@onebit/common';
import { type MetricsLine, readMetrics } from '@onebit/training';
import { readConfusion } from '../classifier/confusion.js';
import { readRunRecipe } from '../recipes/recorded.js';
import { type Task, taskOf } from '../recipes/schema.js';
import { type MainMetric, mainMetrics } from '../trainer/progress.js';
import { lineChart, type Series } from './charts.js';
import { drawConfusion } from './draw-confusion.js';
import { gallery, page, paragraph, raw, table, text } from './page.js';

/** Curves of one run as charts: loss terms, the task's metric, gradient norm, speed. */
export function runCharts(
  name: string,
  lines: readonly MetricsLine[],
  metric: MainMetric = mainMetrics.detection,
): string[] {
  const steps = lines.filter((line) => line.kind === 'train');
  const evaluations = lines.filter((line) => line.kind === 'evaluation');
  const terms = [...new Set(steps.flatMap((line) => Object.keys(line.terms)))];
  const series = (label: string, value: (line: (typeof steps)[number]) => number): Series => ({
    name: label,
    points: steps.map((line) => [line.step, value(line)]),
  });
  const loss = [
    series('total', (line) => line.total),
    ...terms.map((term) => series(term, (line) => line.terms[term] ?? 0)),
  ];
  const charts = [
    lineChart(loss, {
      title: `${name}: loss`,
      xName: 'step',
      yName: 'loss',
      yMax: roof(steps.map(({ total }) => total)),
    }),
    lineChart([series('gradient norm', (line) => line.gradientNorm)], {
      title: `${name}: gradient norm`,
      xName: 'step',
      yName: 'norm',
      yLog: true,
    }),
    lineChart([series('images/s', (line) => line.imagesPerSecond)], {
      title: `${name}: speed`,
      xName: 'step',
      yName: 'images/s',
    }),
  ];
  if (evaluations.length > 0) charts.splice(1, 0, metricChart([{ name, lines }], metric));
  return charts;
}

/** A metric over the steps of one or more runs. */
export function metricChart(
  runs: readonly { name: string; lines: readonly MetricsLine[] }[],
  { key, title }: MainMetric = mainMetrics.detection,
): string {
  const series = runs.map(({ name, lines }) => ({
    name,
    points: lines.flatMap((line): [number, number][] =>
      line.kind === 'evaluation' ? [[line.step, line.metrics[key] * 100]] : [],
    ),
  }));
  return lineChart(series, { title: `${title} over training`, xName: 'step', yName: `${title} %` });
}

/** The first steps of a fresh network lose much more than all later ones; cutting them off keeps the rest readable. */
function roof(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length * 0.97)];
  return high === undefined ? undefined : Math.ceil(high * 1.2);
}

/** Metrics that a report lists, in percent, as `[key, title]`. */
const listed: Readonly<Record<Task, readonly MainMetric[]>> = {
  detection: [mainMetrics.detection],
  classification: [mainMetrics.classification, { key: 'top5', title: 'top-5' }],
};

/** Writes `report.html` into a run folder: curves, evaluations, a classifier's confusion matrix, the recipe. Returns its path. */
export async function writeRunReport(folder: string): Promise<string> {
  const { recipe, classes } = await readRunRecipe(folder);
  const task = taskOf(recipe);
  const lines = await readMetrics(folder);
  const evaluations = lines.filter((line) => line.kind === 'evaluation');
  const confusion = task === 'classification' ? await readConfusion(folder) : undefined;
  const path = join(folder, 'report.html');
  const html = page(`Run ${recipe.name}`, paragraph(text(recipe.about)), [
    { title: 'Curves', body: [gallery(runCharts(recipe.name, lines, mainMetrics[task]).map(raw))] },
    {
      title: 'Evaluations',
      body: [
        table(
          ['step', ...listed[task].map(({ title }) => `${title} %`)],
          evaluations.map(({ step, metrics }) => [
            step,
            ...listed[task].map(({ key }) => (metrics[key] * 100).toFixed(2)),
          ]),
        ),
      ],
    },
    ...(confusion ? [{ title: 'Confusion at the last evaluation', body: [raw(drawConfusion(confusion))] }] : []),
    { title: 'Recipe', body: [raw(`<pre>${text(JSON.stringify({ ...recipe, classes }, null, 2))}</pre>`)] },
  ]);
  await writeFileAtomic(path, html);
  return path;
}
