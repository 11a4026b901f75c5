// Tables of docs/performance.md about evaluation, from the document of `onebit bench eval --json`.
import { digits, markdown, met, share, source } from './markdown.mjs';

export function evalTables(result) {
  return { 'eval-rivals': rivalTable(result), 'eval-limits': limitTable(result) };
}

function rivalTable(result) {
  const rows = result.rows.map((row) => [
    row.case,
    digits(row.medianMs),
    row.rivalMedianMs === null ? (row.note ?? '') : row.rival,
    row.rivalMedianMs === null ? '' : digits(row.rivalMedianMs),
    row.ratio === null ? '' : `${row.ratio.toFixed(1)}x`,
    row.target === null ? '' : `${row.target}x`,
    met(row.ok),
  ]);
  return `${source(result)}\n\n${markdown(['case', 'ours, ms', 'against', 'ms', 'ratio', 'target', 'met'], rows)}`;
}

function limitTable({ limits }) {
  const rows = limits.map((row) => [
    row.case,
    `${row.what}: ${digits(row.value)} ${row.unit}`,
    `${row.of}: ${digits(row.ofValue)} ${row.unit}`,
    share(row.share),
    row.limit === null ? '' : share(row.limit),
    met(row.ok),
  ]);
  return markdown(['case', 'ours', 'of', 'share', 'at most', 'met'], rows);
}
