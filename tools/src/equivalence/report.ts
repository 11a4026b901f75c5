import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@onebit/common';
import { type PairedDifference, pairedDifference, type Spread, spreadOf } from '../jobs/spread.js';
import { lineChart, type Series } from '../report/charts.js';
import { type Curve, firstDifference, relativeDifferences } from './curves.js';
import type { RunResult } from './results.js';

const name = 'train-equivalence';
/** Losses further apart than this, relative to the reference, count as different. */
const limit = 1e-3;

/** The two modes of whole trainings, and what their final mAPs say. */
interface Comparison {
  readonly seeds: readonly number[];
  readonly steps: number;
  readonly fp32: Spread;
  readonly bf16: Spread;
  /** bf16 minus fp32 of the same seed, in points of mAP. */
  readonly difference: PairedDifference;
}

/** A back end of the micro detector beside the reference. */
interface MicroRow {
  readonly mode: string;
  readonly steps: number;
  readonly firstLossDifference: number;
  readonly differsFromStep: number | null;
  readonly meanOfLast20: number;
}

/**
 * Writes `train-equivalence.json`, `.md` and its curves into a folder; experiments whose runs are not complete are left out and said to be.
 * Returns the path of the page.
 */
export async function writeEquivalence(folder: string, results: readonly RunResult[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  const comparisons = {
    demo: compareModes(results.filter(({ experiment }) => experiment === 'demo')),
    bccd: compareModes(results.filter(({ experiment }) => experiment === 'bccd')),
  };
  const micro = compareBackEnds(results.filter(({ experiment }) => experiment === 'micro'));
  const text = page(results, comparisons, micro);
  const document = { date: new Date().toISOString(), comparisons, micro, runs: results };
  await writeFileAtomic(join(folder, `${name}.json`), `${JSON.stringify(document)}\n`);
  for (const [file, chart] of charts(results)) await writeFileAtomic(join(folder, file), chart);
  await writeFileAtomic(join(folder, `${name}.md`), text);
  return join(folder, `${name}.md`);
}

/** Undefined unless at least two seeds ran in both modes. */
function compareModes(runs: readonly RunResult[]): Comparison | undefined {
  const final = (mode: string, seed: number) =>
    runs.find((run) => run.mode === mode && run.seed === seed)?.mAP.at(-1)?.[1];
  const pairs = [...new Set(runs.map(({ seed }) => seed))].flatMap((seed) => {
    const [fp32, bf16] = [final('fp32', seed), final('bf16', seed)];
    return fp32 === undefined || bf16 === undefined ? [] : [{ seed, fp32, bf16 }];
  });
  if (pairs.length < 2) return undefined;
  const [fp32, bf16] = [pairs.map((pair) => pair.fp32), pairs.map((pair) => pair.bf16)];
  return {
    seeds: pairs.map(({ seed }) => seed),
    steps: runs[0].steps,
    fp32: spreadOf(fp32),
    bf16: spreadOf(bf16),
    difference: pairedDifference(bf16, fp32),
  };
}

function compareBackEnds(runs: readonly RunResult[]): MicroRow[] {
  const reference = runs.find(({ mode }) => mode === 'cpu');
  if (reference === undefined) return [];
  return runs.map(({ mode, steps, loss }) => ({
    mode,
    steps,
    firstLossDifference: Math.abs(loss[0][1] / reference.loss[0][1] - 1),
    differsFromStep: firstDifference(loss, reference.loss, limit) ?? null,
    meanOfLast20: spreadOf(loss.slice(-20).map(([, value]) => value)).mean,
  }));
}

function charts(results: readonly RunResult[]): [file: string, svg: string][] {
  const curves = (of: readonly RunResult[], curve: (run: RunResult) => Curve): Series[] =>
    of.map((run) => ({
      name: run.experiment === 'micro' ? run.mode : `${run.mode} ${run.seed}`,
      points: curve(run),
      dashed: run.mode.endsWith('bf16'),
    }));
  const files: [string, string][] = [];
  for (const experiment of ['demo', 'bccd'] as const) {
    const runs = results.filter((run) => run.experiment === experiment);
    if (runs.length === 0) continue;
    const loss = { title: `${experiment}: loss`, xName: 'step', yName: 'loss' };
    const mAP = { title: `${experiment}: mAP`, xName: 'step', yName: 'mAP %' };
    const late = (run: RunResult) => run.loss.filter(([step]) => step > 0.02 * run.steps);
    files.push([`${name}-${experiment}-loss.svg`, lineChart(curves(runs, late), loss)]);
    files.push([
      `${name}-${experiment}-map.svg`,
      lineChart(
        curves(runs, (run) => run.mAP),
        mAP,
      ),
    ]);
  }
  const micro = results.filter((run) => run.experiment === 'micro');
  const reference = micro.find(({ mode }) => mode === 'cpu');
  if (reference !== undefined) {
    const others = micro.filter((run) => run !== reference);
    const options = { title: 'micro detector: loss of every step', xName: 'step', yName: 'loss' };
    files.push([
      `${name}-micro-loss.svg`,
      lineChart(
        curves(micro, (run) => run.loss),
        options,
      ),
    ]);
    const differences = curves(others, (run) => relativeDifferences(run.loss, reference.loss));
    const title = 'micro detector: difference of the loss to cpu, relative';
    files.push([`${name}-micro-difference.svg`, lineChart(differences, { ...options, title, yName: '', yLog: true })]);
  }
  return files;
}

function page(
  results: readonly RunResult[],
  comparisons: Readonly<Record<'demo' | 'bccd', Comparison | undefined>>,
  micro: readonly MicroRow[],
): string {
  return `${[
    '# Does the way a gradient is computed change what is learnt?',
    `Written by \`npm run train:equivalence\` from its runs; raw figures, curves and environments: [${name}.json](${name}.json). ${machine(results)}`,
    'Trainings are chaotic: a sign that flips on the last bit of a sum changes every step after it. Two runs of one seed in two modes share their first weights and the order of their ' +
      'pictures, and nothing else for long. So the question is not whether curves coincide but whether they differ by more than two seeds do.',
    '`fp32` and `bf16` say what the operands of the gradients of binary convolutions are rounded to (`--matmul`); all else is float32 in both.',
    ...section(
      'The demo',
      'demo',
      'recipe `demo-binary` on its scenes (150 pictures in seen styles)',
      comparisons.demo,
    ),
    ...section(
      'Blood cells (bccd)',
      'bccd',
      'recipe `ssd192-resnet18-half-bidet`, BiDet’s terms from the middle on (35 validation pictures)',
      comparisons.bccd,
    ),
    ...microSection(micro),
  ].join('\n\n')}\n`;
}

function section(title: string, key: string, what: string, comparison: Comparison | undefined): string[] {
  if (comparison === undefined) return [`## ${title}`, 'Not measured: its runs are not complete.'];
  const { seeds, steps, fp32, bf16, difference } = comparison;
  const row = (label: string, { values, mean, deviation }: Spread, digits = 1) =>
    `| ${[label, ...[...values, mean, deviation].map((value) => value.toFixed(digits))].join(' | ')} |`;
  const [low, high] = difference.interval;
  const includesZero = low <= 0 && high >= 0;
  return [
    `## ${title}`,
    `${what[0].toUpperCase()}${what.slice(1)}, ${steps} steps; mAP in % (VOC 11-point, IoU 0.5) of the averaged weights after the last step.`,
    [
      `| mode | ${seeds.map((seed) => `seed ${seed}`).join(' | ')} | mean | deviation |`,
      `|${' --- |'.repeat(seeds.length + 3)}`,
      row('fp32', fp32),
      row('bf16', bf16),
      row('bf16 − fp32', difference),
    ].join('\n'),
    `The mean difference is ${signed(difference.mean)} points, its 95 % interval [${signed(low)}, ${signed(high)}] (paired by seed, Student's t with ` +
      `${seeds.length - 1} degrees of freedom). ${
        includesZero
          ? 'It includes 0: these runs do not tell the modes apart.'
          : `It excludes 0: in these runs bf16 is ${difference.mean > 0 ? 'better' : 'worse'}.`
      } ${seeds.length} seeds cannot see a difference below about ${difference.resolution.toFixed(1)} points. Among seeds of one mode the mAP spreads with a deviation of ` +
      `${fp32.deviation.toFixed(1)} (fp32) and ${bf16.deviation.toFixed(1)} (bf16).`,
    `![loss](${name}-${key}-loss.svg) ![mAP](${name}-${key}-map.svg)`,
  ];
}

function microSection(rows: readonly MicroRow[]): string[] {
  const title = '## Back ends, step by step';
  if (rows.length === 0) return [title, 'Not measured: its runs are not complete.'];
  const [reference] = rows;
  return [
    title,
    `The smallest detector (\`demo-binary\` with an eighth of the channels, 64 pixels, batch 2, circles, squares and triangles), ${reference.steps} steps from equal weights on equal batches, all of BiDet's ` +
      "terms from the middle on. TensorFlow.js' own `cpu` back end is the reference. `native avx2` computes in the same precision as `native fp32`, with sums in another order: how far these two are apart is " +
      'what rounding alone does.',
    [
      '| back end | steps | loss of step 1, relative difference to cpu | first step that differs by more than 1e-3 | mean loss of the last 20 steps |',
      '| --- | --- | --- | --- | --- |',
      ...rows.map(
        ({ mode, steps, firstLossDifference, differsFromStep, meanOfLast20 }) =>
          `| ${mode} | ${steps} | ${mode === 'cpu' ? '-' : firstLossDifference.toExponential(1)} | ${mode === 'cpu' ? '-' : (differsFromStep ?? 'none')} | ${meanOfLast20.toFixed(2)} |`,
      ),
    ].join('\n'),
    `![loss](${name}-micro-loss.svg) ![difference](${name}-micro-difference.svg)`,
  ];
}

/** Where the runs computed; more than one line of an environment is named if they differ. */
function machine(results: readonly RunResult[]): string {
  const of = (key: string) => [...new Set(results.map(({ environment }) => String(environment[key])))].join(' and ');
  return results.length === 0
    ? ''
    : `Machine: ${of('cpu')}, ${of('cores')} cores, Node ${of('node')}; commit ${of('commit')}.`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
