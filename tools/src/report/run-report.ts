import { join } from 'node:path';
import { writeFileAtomic } from '@onebit/common';
import { type MetricsLine, readMetrics } from '@onebit/training';
import { readRunRecipe } from '../detector/run.js';
import { lineChart, type Series } from './charts.js';
import { gallery, page, paragraph, raw, table, text } from './page.js';

/** Curves of one run as charts: loss terms, mAP, learning rate, speed. */
export function runCharts(name: string, lines: readonly MetricsLine[]): string[] {
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
  if (evaluations.length > 0) charts.splice(1, 0, mapChart([{ name, lines }]));
  return charts;
}

/** mAP over the steps of one or more runs. */
export function mapChart(runs: readonly { name: string; lines: readonly MetricsLine[] }[]): string {
  const series = runs.map(({ name, lines }) => ({
    name,
    points: lines.flatMap((line): [number, number][] =>
      line.kind === 'evaluation' ? [[line.step, line.metrics.mAP * 100]] : [],
    ),
  }));
  return lineChart(series, { title: 'mAP over training', xName: 'step', yName: 'mAP %' });
}

/** The first steps of a fresh network lose much more than all later ones; cutting them off keeps the rest readable. */
function roof(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length * 0.97)];
  return high === undefined ? undefined : Math.ceil(high * 1.2);
}

/** Writes `report.html` into a run folder: recipe, curves, evaluations. Returns its path. */
export async function writeRunReport(folder: string): Promise<string> {
  const { recipe, classes } = await readRunRecipe(folder);
  const lines = await readMetrics(folder);
  const evaluations = lines.filter((line) => line.kind === 'evaluation');
  const path = join(folder, 'report.html');
  const html = page(`Run ${recipe.name}`, paragraph(text(recipe.about)), [
    { title: 'Curves', body: [gallery(runCharts(recipe.name, lines).map(raw))] },
    {
      title: 'Evaluations',
      body: [
        table(
          ['step', 'mAP %'],
          evaluations.map(({ step, metrics }) => [step, (metrics.mAP * 100).toFixed(2)]),
        ),
      ],
    },
    { title: 'Recipe', body: [raw(`<pre>${text(JSON.stringify({ ...recipe, classes }, null, 2))}</pre>`)] },
  ]);
  await writeFileAtomic(path, html);
  return path;
}
