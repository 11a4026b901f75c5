import type { Output } from '../cli/output.js';
import type { Difference, Interval, ScoreDocument } from './document.js';

/** Three decimals, `-` where there is no value. */
export function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(3).replace(/^-(?=0\.000$)/, '');
}

/** Both ends of an interval, `-` where the metric is not defined. */
export function range({ low, high }: Interval): string {
  return low === null && high === null ? '-' : `${figure(low)} to ${figure(high)}`;
}

const change = ({ difference, ...interval }: Difference) =>
  `${difference !== null && difference > 0 ? '+' : ''}${figure(difference)} (${range(interval)})`;

/** Three decimals, or that it is below them. */
function pText(pValue: number | null): string {
  return pValue === null ? '-' : pValue < 0.001 ? '< 0.001' : pValue.toFixed(3);
}

/** One metric for people: who it is, a line a class, the summary. */
export function printScore(output: Output, document: ScoreDocument): void {
  const { metric, title, convention, measures, perClass, text, notes } = document;
  output.heading(`${metric}: ${title}`);
  output.print(`${convention}\n`);
  if (perClass.length > 0) output.table(...classTable(document));
  if (text !== undefined) output.print(text.trimEnd());
  const hasIntervals = measures.some(({ interval, against }) => interval ?? against);
  if (text === undefined || hasIntervals) output.table(...measureTable(document));
  for (const note of notes) output.print(`note: ${note}`);
}

/** Head and rows of the table of classes. */
export function classTable({ perClass }: ScoreDocument): [head: string[], rows: string[][]] {
  const [first] = perClass;
  const hasInterval = perClass.some(({ interval }) => interval);
  const hasDifference = perClass.some(({ against }) => against);
  const head = [
    'class',
    ...Object.keys(first?.values ?? {}),
    ...(hasInterval ? ['interval'] : []),
    ...(hasDifference ? ['difference', 'p'] : []),
    ...Object.keys(first?.counts ?? {}),
  ];
  const rows = perClass.map(({ name, values, counts, interval, against }) => [
    name,
    ...Object.values(values).map(figure),
    ...(hasInterval ? [interval ? range(interval) : '-'] : []),
    ...(hasDifference ? (against ? [change(against), pText(against.pValue)] : ['-', '-']) : []),
    ...Object.values(counts).map((count) => count.toLocaleString('en')),
  ]);
  return [head, rows];
}

/** Head and rows of the table of a metric's numbers. */
export function measureTable({ measures }: ScoreDocument): [head: string[], rows: string[][]] {
  const hasInterval = measures.some(({ interval }) => interval);
  const hasDifference = measures.some(({ against }) => against);
  const head = [
    'number',
    'value',
    ...(hasInterval ? ['interval'] : []),
    ...(hasDifference ? ['other', 'difference', 'p'] : []),
  ];
  const rows = measures.map(({ name, value, interval, against }) => [
    name,
    figure(value),
    ...(hasInterval ? [interval ? range(interval) : '-'] : []),
    ...(hasDifference
      ? against
        ? [figure(against.other), change(against), pText(against.pValue)]
        : ['-', '-', '-']
      : []),
  ]);
  return [head, rows];
}
