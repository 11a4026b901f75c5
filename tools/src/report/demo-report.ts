import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@onebit/common';
import { drawDetections } from '@onebit/datasets';
import type { VocMapResult } from '@onebit/eval';
import { readMetrics } from '@onebit/training';
import { bytes, duration } from '../cli/output.js';
import { countGroups, type GroupedCost } from '../cost/count.js';
import { buildDetector } from '../detector/build.js';
import type { ImageDetections } from '../detector/evaluate.js';
import { bestThreshold } from '../detector/threshold.js';
import type { DetectionRecipe } from '../recipes/detection.js';
import { barChart, lineChart } from './charts.js';
import { gallery, type Html, page, paragraph, picture, raw, type Section, table, text } from './page.js';
import { metricChart, runCharts } from './run-report.js';

/** One of the two detectors of the demo with everything measured of it. */
export interface DemoDetector {
  readonly kind: 'binary' | 'float';
  readonly recipe: DetectionRecipe;
  readonly run: string;
  readonly seconds: number;
  readonly found: { readonly seen: readonly ImageDetections[]; readonly unseen: readonly ImageDetections[] };
  readonly seen: VocMapResult;
  readonly unseen: VocMapResult;
}

export interface DemoResults {
  readonly classes: readonly string[];
  readonly detectors: readonly DemoDetector[];
  readonly priorOnly: VocMapResult;
  readonly backend: string;
  readonly short: boolean;
}

const picturesPerPart = 4;
const percent = (value: number) => (Number.isNaN(value) ? '-' : (value * 100).toFixed(1));

/** Writes `report.html` and `pictures/*.png`; returns the path of the report. */
export async function writeDemoReport(folder: string, results: DemoResults): Promise<string> {
  const { detectors, backend, short } = results;
  const note = short ? ' This was the short form: the figures only show that everything runs.' : '';
  const lead = paragraph(
    text(
      `A binary detector (1-bit weights and activations in its backbone and neck) and its float twin, trained on the same generated scenes for the same number of steps on ${backend}.${note}`,
    ),
  );
  const sections: Section[] = [
    { title: 'Result', body: [resultTable(results), perClassChart(results)] },
    {
      title: 'Detections',
      body: [
        text(
          'Dashed: truth. Solid: detections from the score on at which the detector balances precision and recall best on the seen styles.',
        ),
        gallery(await pictures(folder, results)),
      ],
    },
    { title: 'Training', body: [await trainingCharts(detectors)] },
    {
      title: 'Precision and recall, seen styles',
      body: [gallery(detectors.map((detector) => raw(precisionRecall(detector))))],
    },
    { title: 'Cost', body: costTables(results) },
  ];
  const path = join(folder, 'report.html');
  await writeFileAtomic(path, page('onebit demo: a binary detector and its float twin', lead, sections));
  return path;
}

function resultTable({ detectors, priorOnly }: DemoResults): Html {
  return table(
    ['detector', 'mAP % seen styles', 'mAP % unseen styles', 'training time'],
    [
      ...detectors.map(({ recipe, seen, unseen, seconds }) => [
        recipe.name,
        percent(seen.mAP),
        percent(unseen.mAP),
        duration(seconds),
      ]),
      ['prior-only (the same boxes for every picture)', percent(priorOnly.mAP), '-', '-'],
    ],
  );
}

function perClassChart({ classes, detectors }: DemoResults): Html {
  const series = detectors.map(({ kind, seen }) => ({
    name: kind,
    values: seen.perClass.map(({ ap }) => (Number.isNaN(ap) ? 0 : ap * 100)),
  }));
  return raw(
    barChart(classes, series, { title: 'AP by class, seen styles', xName: '', yName: 'AP %', yMax: 100, width: 760 }),
  );
}

async function trainingCharts(detectors: readonly DemoDetector[]): Promise<Html> {
  const runs = await Promise.all(
    detectors.map(async ({ kind, run }) => ({ name: kind as string, lines: await readMetrics(run) })),
  );
  const charts = runs.flatMap(({ name, lines }) =>
    runCharts(
      name,
      lines.filter(({ kind }) => kind === 'train'),
    ),
  );
  return gallery([metricChart(runs), ...charts].map(raw));
}

function precisionRecall({ kind, seen }: DemoDetector): string {
  const series = seen.perClass.map(({ name, recall, precision }) => ({
    name,
    points: Array.from(recall, (r, i): [number, number] => [r, precision[i]]),
  }));
  return lineChart(series, {
    title: `${kind}: precision against recall`,
    xName: 'recall',
    yName: 'precision',
    yMax: 1,
  });
}

/** Side by side: what the binary detector and its twin found in the same scenes, evenly spread over each part. */
async function pictures(folder: string, { classes, detectors }: DemoResults): Promise<Html[]> {
  const out = join(folder, 'pictures');
  await mkdir(out, { recursive: true });
  const drawn: Html[] = [];
  for (const part of ['seen', 'unseen'] as const) {
    const count = detectors[0].found[part].length;
    for (let i = 0; i < Math.min(picturesPerPart, count); i++) {
      const index = Math.floor((i * count) / picturesPerPart);
      for (const { kind, found, seen } of detectors) {
        const { sample, detections } = found[part][index];
        const boxes = [
          ...sample.objects.map((object) => ({ ...object, kind: 'truth' as const })),
          ...detections.filter(({ score }) => score >= bestThreshold(seen)),
        ];
        const png = await drawDetections(sample.imagePath, boxes, { classes, scale: 2 });
        await writeFileAtomic(join(out, `${part}-${i + 1}-${kind}.png`), png);
        drawn.push(picture(png, `${part} style, scene ${sample.id}: ${kind}`));
      }
    }
  }
  return drawn;
}

function countedDetector(recipe: DetectionRecipe, classes: readonly string[]): GroupedCost {
  const model = buildDetector(recipe, classes);
  const { imageSize } = recipe.model;
  const counted = countGroups(model, [imageSize, imageSize]);
  model.dispose();
  return counted;
}

function costTables({ classes, detectors }: DemoResults): Html[] {
  const counted = detectors.map(({ kind, recipe }) => ({ kind, ...countedDetector(recipe, classes) }));
  const millions = (n: number) => (n / 1e6).toFixed(1);
  const totals = table(
    ['detector', '1-bit weights', 'float weights', 'binary MACs (M)', 'float MACs (M)', 'packed size', 'float32 size'],
    counted.map(({ kind, counted: { total } }) => [
      kind,
      total.parameters.oneBit.toLocaleString('en'),
      total.parameters.float32.toLocaleString('en'),
      millions(total.macs.binary),
      millions(total.macs.float),
      bytes(total.bytes.packed),
      bytes(total.bytes.float32),
    ]),
  );
  const [binary] = counted;
  const groups = table(
    ['group of the binary detector', '1-bit weights', 'float weights', 'binary MACs (M)', 'float MACs (M)'],
    binary.groups.map(({ name, cost }) => [
      name,
      cost.parameters.oneBit.toLocaleString('en'),
      cost.parameters.float32.toLocaleString('en'),
      millions(cost.macs.binary),
      millions(cost.macs.float),
    ]),
  );
  return [
    totals,
    groups,
    paragraph(
      text(
        'Counts, not speeds: `onebit bench` measures speed. Sizes are of the parameters alone; packed means 1 bit for each binary weight.',
      ),
    ),
  ];
}
