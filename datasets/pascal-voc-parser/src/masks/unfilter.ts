/**
 * Undoes the row filters of a PNG with one channel of at most 8 bits (PNG specification, section 9): a byte is predicted from the one to its
 * left, the one above, and the one above that to the left; each row names its way.
 * @param raw [rows, 1 + stride]: the filter's number before each row.
 * @returns [rows, stride]; undefined when a filter is none of the five.
 */
export function unfilter(raw: Uint8Array, rows: number, stride: number): Uint8Array | undefined {
  const out = new Uint8Array(rows * stride);
  let above = new Uint8Array(stride); // what lies above the first row counts as 0
  for (let row = 0, from = 0; row < rows; row++, from += stride + 1) {
    const line = raw.subarray(from + 1, from + 1 + stride);
    const to = out.subarray(row * stride, (row + 1) * stride);
    const undo = filters[raw[from]];
    if (!undo) return undefined;
    undo(line, above, to);
    above = to;
  }
  return out;
}

type Undo = (line: Uint8Array, above: Uint8Array, out: Uint8Array) => void;

const filters: readonly Undo[] = [(line, _, out) => out.set(line), addLeft, addAbove, addAverage, addPaeth];

function addLeft(line: Uint8Array, _: Uint8Array, out: Uint8Array): void {
  for (let x = 0, left = 0; x < line.length; x++) {
    left = (left + line[x]) & 255;
    out[x] = left;
  }
}

function addAbove(line: Uint8Array, above: Uint8Array, out: Uint8Array): void {
  for (let x = 0; x < line.length; x++) out[x] = line[x] + above[x];
}

function addAverage(line: Uint8Array, above: Uint8Array, out: Uint8Array): void {
  for (let x = 0, left = 0; x < line.length; x++) {
    left = (line[x] + ((left + above[x]) >> 1)) & 255;
    out[x] = left;
  }
}

/** The prediction is whichever of left, above and corner is nearest to left + above - corner. */
function addPaeth(line: Uint8Array, aboveLine: Uint8Array, out: Uint8Array): void {
  for (let x = 0, left = 0, corner = 0; x < line.length; x++) {
    const above = aboveLine[x];
    const fromLeft = Math.abs(above - corner);
    const fromAbove = Math.abs(left - corner);
    const fromCorner = Math.abs(left + above - 2 * corner);
    const nearest = fromLeft <= fromAbove && fromLeft <= fromCorner ? left : fromAbove <= fromCorner ? above : corner;
    left = (line[x] + nearest) & 255;
    corner = above;
    out[x] = left;
  }
}
