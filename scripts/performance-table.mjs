// `npm run docs:performance`: writes the tables of docs/performance.md from docs/results/kernels.json, so that no number in them was typed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const result = JSON.parse(readFileSync(join(root, 'docs/results/kernels.json'), 'utf8'));
const page = join(root, 'docs/performance.md');

const tables = { peaks: peakTable(), kernels: kernelTable(), asked: askedTable() };
const text = Object.entries(tables).reduce(fill, readFileSync(page, 'utf8'));
writeFileSync(page, text);
const missed = result.rows.filter(({ ok }) => ok === false).length;
console.log(`docs/performance.md: ${result.rows.length} rows, ${missed} targets missed`);

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
  return `${source()}\n\n${markdown(['loop', 'Gop/s, one core', 'times fp32-fma'], rows)}`;
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
    row.ok === null ? '' : row.ok ? 'yes' : '**no**',
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

function source() {
  return `Measured ${result.date.slice(0, 10)} at commit ${result.commit.slice(0, 9)} on ${result.machine}.`;
}

function ratio({ rival }, value) {
  return rival.includes('peak') || rival === 'memcpy' ? share(value) : `${value.toFixed(2)}x`;
}

function share(value) {
  return `${(100 * value).toFixed(0)} %`;
}

function digits(ms) {
  return ms >= 100 ? ms.toFixed(1) : String(Number(ms.toPrecision(3)));
}

function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
