import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@onebit/common';
import type { ScoreDocument } from '../scoring/document.js';
import type { EvaluationDocument } from '../scoring/evaluation.js';
import { classTable, figure, measureTable, range } from '../scoring/print.js';
import { drawPlot } from './draw-plot.js';
import { gallery, type Html, page, paragraph, raw, type Section, table, text } from './page.js';
import type { Plot } from './plots.js';

/**
 * Writes `report.html`, `results.json` and a SVG file for each figure (`METRIC-FIGURE.svg`) into a folder; returns the path of the report.
 * Each file appears whole or not at all.
 */
export async function writeScoreReport(folder: string, document: EvaluationDocument): Promise<string> {
  const figures = document.scores.flatMap(({ metric, plots }) =>
    plots.map((plot) => ({ metric, plot, file: `${metric}-${plot.id}.svg`, svg: drawPlot(plot) })),
  );
  await mkdir(folder, { recursive: true });
  for (const { file, svg } of figures) await writeFileAtomic(join(folder, file), svg);
  await writeFileAtomic(join(folder, 'results.json'), `${JSON.stringify(document)}\n`);
  const path = join(folder, 'report.html');
  const svgOf = (metric: string, { id }: Plot) =>
    figures.find((figure) => figure.metric === metric && figure.plot.id === id)?.svg ?? '';
  const sections = document.scores.flatMap((score) => scoreSections(score, (plot) => svgOf(score.metric, plot)));
  await writeFileAtomic(path, page('Evaluation', lead(document), sections));
  return path;
}

/** What was scored, and the headline of every metric. */
function lead({ truth, results, against, scores }: EvaluationDocument): Html {
  const files = [
    ['ground truth', truth],
    ['results', results],
    ...(against === undefined ? [] : [['compared with', against]]),
  ];
  const rows = scores.map(({ metric, title, measures: [{ name, value, interval }] }) => [
    `${metric}: ${title}`,
    name,
    figure(value),
    ...(interval ? [range(interval)] : []),
  ]);
  const hasInterval = rows.some((row) => row.length > 3);
  return raw(
    [
      `<dl class="files">${files.map(([name, value]) => `<dt>${text(name)}</dt><dd><code>${text(value)}</code></dd>`).join('')}</dl>`,
      table(['metric', 'number', 'value', ...(hasInterval ? ['interval'] : [])], rows),
    ].join('\n'),
  );
}

function scoreSections(score: ScoreDocument, svgOf: (plot: Plot) => string): Section[] {
  const { metric, title, convention, settings, perClass, text: summary, notes, plots } = score;
  const inForce = Object.entries(settings).map(([name, value]) => `${name} ${shown(value)}`);
  const body = [
    paragraph(text(`${convention}.`)),
    paragraph(raw(`<small>${text(inForce.join(' · '))}</small>`)),
    ...(summary === undefined ? [] : [raw(`<pre>${text(summary.trimEnd())}</pre>`)]),
    table(...measureTable(score)),
    ...(notes.length > 0
      ? [raw(`<ul class="notes">${notes.map((note) => `<li>${text(note)}</li>`).join('')}</ul>`)]
      : []),
    gallery(plots.map((plot) => captioned(svgOf(plot), plot.caption))),
    ...(perClass.length > 0 ? [raw('<h3>By class</h3>'), table(...classTable(score))] : []),
  ];
  return [{ title: `${metric}: ${title}`, body }];
}

function captioned(svg: string, caption: string): Html {
  return raw(`<figure class="chart">${svg}<figcaption>${text(caption)}</figcaption></figure>`);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${part}`)
    .join(', ');
}
