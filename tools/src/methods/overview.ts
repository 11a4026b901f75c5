import type { MethodsDocument } from '../bench/methods/index.js';
import type { MethodFacts } from './facts.js';
import { faults } from './literature.js';
import { code, markdownTable } from './markdown.js';
import { faultTable, meanOf } from './page.js';

/** `docs/methods.md` */
export function overviewPage(all: readonly MethodFacts[], measured: MethodsDocument | undefined): string {
  return `${[
    '# Methods',
    `The binarization methods of onebit, from one table (${code('packages/nn/src/methods/table.ts')}); ${code('onebit methods')} prints it, a precision plan takes a method by its name. These pages are made from it by ${code('npm run docs:methods')}.`,
    '## The table',
    markdownTable(
      ['method', 'year', 'weights', 'their gradient', 'activations', 'their gradient', 'block'],
      all.map(({ name, title, citation, weights, activations, block }) => [
        `[${title}](methods/${name}.md)`,
        String(citation.year),
        weights.levels,
        weights.gradient,
        activations.levels,
        activations.gradient,
        code(block),
      ]),
    ),
    '## Compared in one short training',
    ...(measured === undefined || measured.finished === 0 ? ['Not measured.'] : comparison(measured)),
    '## Faults of released code',
    'What changes a result, as far as it was executed or read.',
    faultTable(faults),
  ].join('\n\n')}\n`;
}

function comparison(document: MethodsDocument): string[] {
  const { budget, ranking, planned, finished, date, machine, runs } = document;
  const commits = [...new Set(runs.map(({ commit }) => commit.slice(0, 9)))].join(', ');
  const rows = ranking.map((entry) => [
    entry.method,
    meanOf(entry),
    entry.interval === null ? '-' : entry.interval.map((value) => value.toFixed(1)).join(' to '),
    entry.toFloat === null ? '-' : entry.toFloat.toFixed(1),
    entry.places === null ? '-' : entry.places.join(' to '),
  ]);
  const { optimizer, schedule } = runs[0];
  return [
    `ResNet-20 on CIFAR-10 in JPEG tiles, ${budget.steps} steps of ${budget.batchSize} pictures without augmentation (${code('onebit bench methods')}): every method with the same seeds, order of pictures and budget, the same optimizer (${code(JSON.stringify(optimizer))}) and schedule (${code(JSON.stringify(schedule))}). ${finished} of ${planned} trainings are in this table. It says how a method starts, not how far it comes: published trainings are some hundred times as long, each with a recipe of its own.`,
    '![top-1 of every method](results/methods.svg)',
    markdownTable(['method', 'top-1, %', '95 % interval', 'to the float twin', 'places'], rows),
    "The interval is Student's t over the seeds. Two methods count as told apart where the 95 % interval of their difference, paired by seed, excludes 0; no correction is made for the number of pairs, of which one in twenty would be told apart by chance. Places are those that these verdicts leave open: three seeds leave most of them wide.",
    'The rows do not cost the same: Group-Net does its binary work five times, BNext and PokeBNN gate every convolution and BNext trains on real weights for a third of the run, ABC-Net and HORQ work with several signs for one number; the page of each has its cost.',
    `Measured ${date.slice(0, 10)} at commit ${commits} on ${machine}; raw figures: [results/methods.json](results/methods.json).`,
  ];
}
