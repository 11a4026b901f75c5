// `npm run docs:performance`: writes the tables of docs/performance.md from docs/results/{kernels,train,eval}.json, so that no number in them was typed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evalTables } from './eval-tables.mjs';
import { digits, markdown, met, share, source } from './markdown.mjs';
import { root } from './setup.mjs';
import { trainTables } from './train-tables.mjs';

const page = join(root, 'docs/performance.md');
const result = resultOf('kernels');
const train = resultOf('train');
const evaluation = resultOf('eval');

const tables = {
  ...{ peaks: peakTable(), kernels: kernelTable(), asked: askedTable() },
  ...(train && trainTables(train)),
  ...(evaluation && evalTables(evaluation)),
};
const text = Object.entries(tables).reduce(fill, readFileSync(page, 'utf8'));
writeFileSync(page, text);
for (const one of [result, train, evaluation]) {
  if (one !== undefined) console.log(`docs/performance.md: ${one.bench}: ${summary(one)}`);
}

/** A measured document, or undefined where nobody has measured yet. */
function resultOf(name) {
  const path = join(root, `docs/results/${name}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function summary({ rows, limits = [] }) {
  const missed = [...rows, ...limits].filter(({ ok }) => ok === false).length;
  return `${rows.length + limits.length} rows, ${missed} targets missed`;
}

/** Puts a table between its two comments. */
function fill(text, [name, table]) {
  const block = new RegExp(`(<!-- ${name} -->)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!block.test(text)) throw new Error(`docs/performance.md: there must be a place for the table ${name}`);
  return text.replace(block, (_, begin, end) => `${begin}\n\n${table}\n\n${end}`);
}

function peakTable() {
  const { peaks } = result;
  const rows = Object.entries(peaks).map(([name, gops]) => [
    name,
    gops.toFixed(0),
    (gops / peaks['fp32-fma']).toFixed(2),
  ]);
  return `${source(result)}\n\n${markdown(['loop', 'Gop/s, one core', 'times fp32-fma'], rows)}`;
}

function kernelTable() {
  const rows = result.rows.map((row) => [
    row.case,
    row.implementation,
    digits(row.medianMs),
    row.gops?.toFixed(0) ?? '',
    row.rival,
    row.ratio === null ? (row.note ?? '') : ratio(row, row.ratio),
    row.target === null ? '' : ratio(row, row.target),
    met(row.ok),
  ]);
  return markdown(['case', 'ours', 'ms', 'Gop/s', 'against', 'ratio', 'target', 'met'], rows);
}

/** For the ratios to onnxruntime: which share of the xor-popcount peak our kernel would need to reach the target, and which it has. */
function askedTable() {
  const rows = result.rows
    .filter(({ rival, ratio }) => rival.startsWith('onnxruntime') && ratio !== null)
    .flatMap((row) => {
      const peak = result.rows.find((other) => other.case === row.case && other.rival.includes('xor-popcount'));
      if (peak === undefined) return [];
      return [
        [
          row.case,
          row.rival,
          `${row.target}x`,
          share((row.target * peak.rivalMedianMs) / row.rivalMedianMs),
          share(peak.ratio),
        ],
      ];
    });
  return markdown(['case', 'against', 'target', 'share of the peak it asks for', 'share reached'], rows);
}

function ratio({ rival }, value) {
  return rival.includes('peak') || rival === 'memcpy' ? share(value) : `${value.toFixed(2)}x`;
}
