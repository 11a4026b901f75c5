import type { View } from './geometry.js';

/** Pixels [height, width, 3] to read from. */
export interface Pixels {
  readonly data: Uint8Array | Float32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * How pixels between pixels are found, always with half-pixel centres and the edge repeated. `bilinear` looks at the four nearest pixels however
 * much it shrinks (the official code's resize); `antialiased` widens the same triangle filter to cover what an output pixel covers.
 */
export type Interpolation = 'bilinear' | 'antialiased';

/** Where the picture itself lies in the output; the rest is fill. */
export interface Covered {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Expand, crop, mirror and resize in one pass: reads the pixels of the view that the output needs, and no others.
 * @param output [outHeight, outWidth, 3], in the source's units.
 * @param fill colour of the plane around the picture.
 */
export function resample(
  source: Pixels,
  view: View,
  output: Float32Array,
  [outHeight, outWidth]: readonly [number, number],
  fill: readonly [number, number, number],
  interpolation: Interpolation,
): Covered {
  const columns = axisTaps(view.left, view.right, outWidth, source.width, view.mirrored, interpolation);
  const rows = axisTaps(view.top, view.bottom, outHeight, source.height, false, interpolation);
  const squeezed = resampleColumns(source, columns, rows);
  resampleRows(squeezed, rows, outWidth * 3, output);
  addFill(output, columns, rows, fill);
  const [left, right] = coveredRange(columns);
  const [top, bottom] = coveredRange(rows);
  return { left, top, right, bottom };
}

/** For every output position the source positions that it mixes. Taps beyond the source are left out; `inside` is what the others sum to. */
interface AxisTaps {
  readonly length: number;
  readonly width: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** [length, width] */
  readonly weights: Float32Array;
  readonly inside: Float32Array;
}

function axisTaps(
  start: number,
  end: number,
  length: number,
  sourceLength: number,
  mirrored: boolean,
  interpolation: Interpolation,
): AxisTaps {
  const viewLength = end - start;
  const scale = viewLength / length;
  const support = interpolation === 'antialiased' ? Math.max(1, scale) : 1;
  const width = 2 * Math.ceil(support) + 1;
  const first = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Float32Array(length * width);
  const inside = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const centre = ((mirrored ? length - 1 - i : i) + 0.5) * scale - 0.5;
    // Cutting the window at the view's edge and scaling the rest to 1 is the same as repeating the edge where two taps are mixed.
    const low = Math.max(0, Math.ceil(centre - support));
    const high = Math.min(viewLength - 1, Math.floor(centre + support));
    let sum = 0;
    for (let j = low; j <= high; j++) sum += 1 - Math.abs(j - centre) / support;
    const from = Math.max(low, -start);
    const to = Math.min(high, sourceLength - 1 - start);
    first[i] = from + start;
    count[i] = Math.max(0, to - from + 1);
    for (let j = from; j <= to; j++) {
      const weight = (1 - Math.abs(j - centre) / support) / sum;
      weights[i * width + j - from] = weight;
      inside[i] += weight;
    }
  }
  return { length, width, first, count, weights, inside };
}

/** [rows that are needed, outWidth * 3] and which source row is the first. */
interface Squeezed {
  readonly data: Float32Array;
  readonly firstRow: number;
}

/** Kept between calls: fresh pages of a megabyte a picture cost more than the sums that go into them. Never read before it is written. */
let scratch = new Float32Array(0);

function scratchOf(length: number): Float32Array {
  if (scratch.length < length) scratch = new Float32Array(length);
  return scratch;
}

function resampleColumns(source: Pixels, columns: AxisTaps, rows: AxisTaps): Squeezed {
  const needed = neededRows(rows, source.height);
  const firstRow = Math.max(0, needed.indexOf(1));
  const lastRow = needed.lastIndexOf(1);
  const data = scratchOf(Math.max(0, lastRow - firstRow + 1) * columns.length * 3);
  for (let row = firstRow; row <= lastRow; row++) {
    if (needed[row])
      squeezeRow(source.data, row * source.width * 3, columns, data, (row - firstRow) * columns.length * 3);
  }
  return { data, firstRow };
}

function neededRows(rows: AxisTaps, height: number): Uint8Array {
  const needed = new Uint8Array(height);
  for (let y = 0; y < rows.length; y++) needed.fill(1, rows.first[y], rows.first[y] + rows.count[y]);
  return needed;
}

function squeezeRow(
  source: Uint8Array | Float32Array,
  sourceStart: number,
  { length, width, first, count, weights }: AxisTaps,
  data: Float32Array,
  start: number,
): void {
  for (let x = 0; x < length; x++) {
    let r = 0;
    let g = 0;
    let b = 0;
    const tap = x * width;
    let at = sourceStart + first[x] * 3;
    for (let k = 0; k < count[x]; k++, at += 3) {
      const weight = weights[tap + k];
      r += weight * source[at];
      g += weight * source[at + 1];
      b += weight * source[at + 2];
    }
    data[start + x * 3] = r;
    data[start + x * 3 + 1] = g;
    data[start + x * 3 + 2] = b;
  }
}

function resampleRows({ data, firstRow }: Squeezed, rows: AxisTaps, rowLength: number, output: Float32Array): void {
  for (let y = 0; y < rows.length; y++) {
    const to = y * rowLength;
    const row = output.subarray(to, to + rowLength);
    const count = rows.count[y];
    if (count === 0) row.fill(0);
    // Two taps at a time: half the passes over the output row.
    for (let k = 0; k < count; k += 2) {
      const from = (rows.first[y] + k - firstRow) * rowLength;
      const weight = rows.weights[y * rows.width + k];
      const hasNext = k + 1 < count;
      const nextWeight = hasNext ? rows.weights[y * rows.width + k + 1] : 0;
      const next = hasNext ? from + rowLength : from;
      if (k === 0) for (let i = 0; i < rowLength; i++) row[i] = weight * data[from + i] + nextWeight * data[next + i];
      else for (let i = 0; i < rowLength; i++) row[i] += weight * data[from + i] + nextWeight * data[next + i];
    }
  }
}

/** What the taps inside the picture leave open is the fill's share. */
function addFill(output: Float32Array, columns: AxisTaps, rows: AxisTaps, fill: readonly number[]): void {
  const isOpen = (axis: AxisTaps) => axis.inside.some((share) => share < 0.9999);
  if (!isOpen(columns) && !isOpen(rows)) return;
  for (let y = 0, i = 0; y < rows.length; y++) {
    for (let x = 0; x < columns.length; x++, i += 3) {
      const share = 1 - rows.inside[y] * columns.inside[x];
      output[i] += share * fill[0];
      output[i + 1] += share * fill[1];
      output[i + 2] += share * fill[2];
    }
  }
}

/** Output positions that are at least half picture; empty ranges have both ends equal. */
function coveredRange({ inside }: AxisTaps): [number, number] {
  const first = inside.findIndex((share) => share >= 0.5);
  if (first < 0) return [0, 0];
  return [first, inside.findLastIndex((share) => share >= 0.5) + 1];
}
