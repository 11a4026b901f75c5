// Tables of docs/performance.md about training, from the document of `onebit bench train --json`.
import { digits, markdown, met, share, source } from './markdown.mjs';

export function trainTables(result) {
  return {
    'train-steps': stepTable(result),
    'train-limits': limitTable(result),
    'train-roofline': rooflineTable(result),
  };
}

function stepTable(result) {
  const rows = result.rows.map((row) => [
    row.case,
    row.implementation,
    digits(row.medianMs),
    row.note === undefined ? row.rival : `${row.rival} (${row.note})`,
    row.rivalMedianMs === null ? '' : digits(row.rivalMedianMs),
    row.ratio === null ? '' : `${row.ratio.toFixed(2)}x`,
    row.target === null ? '' : `${row.target.toFixed(1)}x`,
    met(row.ok),
  ]);
  return `${source(result)}\n\n${markdown(['step', 'ours', 'ms', 'against', 'ms', 'ratio', 'target', 'met'], rows)}`;
}

function limitTable({ limits }) {
  const rows = limits.map((row) => [
    row.case,
    row.implementation,
    `${row.what}: ${digits(row.value)} ${row.unit}`,
    `${row.of}: ${digits(row.ofValue)} ${row.unit}`,
    share(row.share),
    row.limit === null ? '' : share(row.limit),
    met(row.ok),
  ]);
  return markdown(['step', 'ours', 'what', 'of', 'share', 'at most', 'met'], rows);
}

function rooflineTable({ profiles }) {
  const machine = Object.values(profiles)[0].machine;
  const peaks = Object.entries(machine.operationsPerSecond).map(([name, speed]) => `${name} ${giga(speed)} Gop/s`);
  const limits = `Limits of ${machine.threads} threads: ${peaks.join(', ')}; memory ${giga(machine.bytesPerSecond)} GB/s.`;
  const head = [
    'step',
    'phase',
    'ms',
    'share',
    'Gop',
    'MiB',
    'Gop at their peaks, ms',
    'MiB at the bandwidth, ms',
    'least, ms',
    'attained',
  ];
  return `${limits}\n\n${markdown(head, Object.entries(profiles).flatMap(phaseRows))}`;
}

function phaseRows([name, { stepMs, phases, outsideMs }]) {
  const rows = phases.map(({ phase, ms, bound }) => [
    name,
    phase,
    ms.toFixed(1),
    share(ms / stepMs),
    ...boundCells(bound, ms),
  ]);
  const total = sum(phases.map(({ bound }) => bound));
  return [
    ...rows,
    [name, 'JavaScript, between kernels', outsideMs.toFixed(1), share(outsideMs / stepMs), '', '', '', '', '', ''],
    [name, '**whole step**', stepMs.toFixed(1), '', ...boundCells(total, stepMs)],
  ];
}

function boundCells({ operations, bytes, operationsMs, bytesMs, leastMs }, ms) {
  const attained = ms > 0 ? share(leastMs / ms) : '';
  return [
    giga(operations),
    (bytes / 2 ** 20).toFixed(0),
    operationsMs.toFixed(1),
    bytesMs.toFixed(1),
    leastMs.toFixed(1),
    attained,
  ];
}

function sum(bounds) {
  const add = (key) => bounds.reduce((total, bound) => total + bound[key], 0);
  return Object.fromEntries(Object.keys(bounds[0]).map((key) => [key, add(key)]));
}

function giga(value) {
  return (value / 1e9).toFixed(1);
}
