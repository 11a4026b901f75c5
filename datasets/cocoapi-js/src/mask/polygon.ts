import { CocoError } from '../errors.js';
import { Changes } from './changes.js';
import type { Runs } from './runs.js';

/** pycocotools rounds vertices to fifths of a pixel and walks along the edges in this grid. */
const grid = 5;
/** A column's centre lies between the grid lines 5c + 2 and 5c + 3. */
const centre = 2;
/** pycocotools keeps vertices of the grid in 32-bit integers; what is farther away has no meaning there. */
const farthest = (2 ** 31 - 1) / grid - 1;

/**
 * @param place of the polygon in messages.
 * @throws CocoError where a coordinate is not a number, or so far away that pycocotools loses it, or, unless `strict` is false, one is missing at the end or there are fewer than two points.
 */
export function checkPolygon(xy: ArrayLike<number>, place: string, strict: boolean): void {
  if (strict && (xy.length < 4 || xy.length % 2 !== 0)) {
    throw new CocoError('', place, `must hold points [x1, y1, x2, y2, …], at least two, found ${xy.length} numbers`);
  }
  for (let i = 0; i < xy.length; i++) {
    if (Math.abs(xy[i]) <= farthest) continue;
    const expected = Number.isFinite(xy[i]) ? 'within 32 bits of fifths of a pixel' : 'a finite number';
    throw new CocoError('', `${place}[${i}]`, `must be ${expected}, found ${xy[i]}`);
  }
}

/**
 * Fills a polygon as pycocotools does: vertices are rounded to fifths of a pixel, every edge is walked on that grid, and where the walk passes the centre line of a column, the pixels below
 * change sides. So the even-odd rule holds, and pixels are covered half open: [0, 0, 0, 9, 9, 9, 9, 0] is 9 x 9 pixels.
 *
 * pycocotools writes down every point of the walk; here the steps that pass a centre line are computed directly, with the same roundings: time grows with columns, not with the length of the
 * outline, and coordinates far outside of the image cost nothing.
 * @param xy [x1, y1, x2, y2, …] in pixels from the upper left corner; a last odd number is left out.
 */
export function rasterize(xy: ArrayLike<number>, height: number, width: number): Runs {
  const outline = new Outline(height, width);
  const points = xy.length >> 1;
  let x = toGrid(xy[2 * points - 2]);
  let y = toGrid(xy[2 * points - 1]);
  for (let i = 0; i < points; i++) {
    const nextX = toGrid(xy[2 * i]);
    const nextY = toGrid(xy[2 * i + 1]);
    outline.addEdge(x, y, nextX, nextY);
    x = nextX;
    y = nextY;
  }
  return { height, width, counts: outline.toCounts() };
}

/** As C's cast: towards zero. */
function toGrid(coordinate: number): number {
  return Math.trunc(grid * coordinate + 0.5);
}

/** Collects where edges pass the centre lines of columns. */
class Outline {
  readonly #changes = new Changes();

  constructor(
    readonly height: number,
    readonly width: number,
  ) {}

  /** Ends of an edge in fifths of pixels. */
  addEdge(x1: number, y1: number, x2: number, y2: number): void {
    const first = Math.max(0, Math.ceil((Math.min(x1, x2) - centre) / grid));
    const last = Math.min(this.width, Math.ceil((Math.max(x1, x2) - centre) / grid));
    if (first >= last) return;
    const [dx, dy] = [Math.abs(x2 - x1), Math.abs(y2 - y1)];
    // Walked towards growing x or y, whichever is longer, whatever the edge's direction.
    if (dx >= dy) {
      if (x1 < x2) this.#flatEdge(x1, y1, (y2 - y1) / dx, first, last);
      else this.#flatEdge(x2, y2, (y1 - y2) / dx, first, last);
    } else if (y1 < y2) this.#steepEdge(x1, y1, (x2 - x1) / dy, first, last);
    else this.#steepEdge(x2, y2, (x1 - x2) / dy, first, last);
  }

  /** Steps go along x: the step over a centre line is known, its height is the smaller y of its two ends. */
  #flatEdge(x: number, y: number, slope: number, first: number, last: number): void {
    for (let column = first; column < last; column++) {
      const step = grid * column + centre - x;
      const before = Math.trunc(y + slope * step + 0.5);
      const after = Math.trunc(y + slope * (step + 1) + 0.5);
      this.#add(column, Math.min(before, after));
    }
  }

  /** Steps go along y: the first one whose rounded x lies beyond the centre line is guessed by a division and put right by the walk's own rounding. */
  #steepEdge(x: number, y: number, slope: number, first: number, last: number): void {
    for (let column = first; column < last; column++) {
      const line = grid * column + centre + 1;
      const right = slope > 0;
      let step = Math.max(1, Math.ceil((line - 0.5 - x) / slope));
      while (step > 1 && x + slope * (step - 1) + 0.5 >= line === right) step--;
      while (x + slope * step + 0.5 >= line !== right) step++;
      this.#add(column, y + step - 1);
    }
  }

  /** The first pixel of the column whose centre is below `y`, between the top and the bottom of the image. */
  #add(column: number, y: number): void {
    const row = Math.min(Math.max(Math.ceil((y - centre) / grid), 0), this.height);
    this.#changes.add(column * this.height + row);
  }

  toCounts(): Uint32Array {
    return this.#changes.toCounts(this.height * this.width);
  }
}
