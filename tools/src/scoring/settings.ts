import { readFile, stat } from 'node:fs/promises';
import { OnebitError } from '@onebit/common';
import type { AreaRange } from './metric.js';

const usage = (message: string) => new OnebitError('ERR_USAGE', `onebit eval: ${message}`);

/** `0.5` or `0.5,0.75` as ascending IoU thresholds. @throws OnebitError ERR_USAGE. */
export function parseIou(text: string): number[] {
  return numbers('--iou', text, (value) => value > 0 && value <= 1, 'in (0, 1], for example 0.5 or 0.5,0.75');
}

/** `1,10,100` as ascending limits. @throws OnebitError ERR_USAGE. */
export function parseMaxDets(text: string): number[] {
  const isLimit = (value: number) => Number.isInteger(value) && value > 0;
  const limits = numbers('--max-dets', text, isLimit, 'whole and positive, for example 1,10,100');
  if (limits.length === 3) return limits;
  throw usage(`--max-dets ${text}: expected three limits, for example 1,10,100 (the summary has a line for each)`);
}

/** `small=0:1024,large=1024:1e10`. @throws OnebitError ERR_USAGE. */
export function parseAreaRanges(text: string): AreaRange[] {
  const ranges = text.split(',').map((part) => {
    const [, name, low, high] = /^([\w-]+)=([^:]+):([^:]+)$/.exec(part.trim()) ?? [];
    const range = { name, low: Number(low), high: Number(high) };
    if (name !== undefined && range.low >= 0 && range.low <= range.high) return range;
    throw usage(`--area-ranges ${text}: expected NAME=LOW:HIGH,…, for example small=0:1024,medium=1024:9216`);
  });
  const twice = ranges.find(({ name }, i) => ranges.findIndex((other) => other.name === name) !== i);
  if (twice) throw usage(`--area-ranges ${text}: ${twice.name} is there twice`);
  return ranges;
}

/** `a,b,c`, or the lines of a file. @throws OnebitError ERR_USAGE for an empty list or a name that is there twice. */
export async function readClasses(text: string): Promise<string[]> {
  const isFile = await stat(text).then(
    (found) => found.isFile(),
    () => false,
  );
  const parts = isFile ? (await readFile(text, 'utf8')).replace(/^\uFEFF/, '').split(/\r?\n/) : text.split(',');
  const names = parts.map((name) => name.trim()).filter((name) => name !== '');
  if (names.length === 0) throw usage(`--classes ${text}: expected names (a,b,c) or a file with a name a line`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw usage(`--classes ${text}: ${JSON.stringify(twice)} is there twice`);
  return names;
}

function numbers(option: string, text: string, isAllowed: (value: number) => boolean, expected: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!values.every(isAllowed)) throw usage(`${option} ${text}: every value must be ${expected}`);
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  if (sorted.length < values.length) throw usage(`${option} ${text}: every value must be there once`);
  return sorted;
}
