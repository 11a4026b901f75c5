/** COCO's outline of a region: polygons `[x1, y1, x2, y2, …]`, or run lengths down the columns, background first. */
export type Outline = number[][] | { size: [number, number]; counts: number[] };

interface Region {
  readonly map: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly value: number;
}

/**
 * The outline of the pixels of a map [height, width] that hold `value`: polygons along the pixel edges, which enclose exactly these pixels.
 * Polygons cannot say holes (a wheel between its spokes), so a region with holes, and any region with `asRuns`, becomes run lengths.
 */
export function traceOutline(map: Uint8Array, width: number, height: number, value: number, asRuns = false): Outline {
  const region = { map, width, height, value };
  const loops = asRuns ? undefined : traceLoops(region);
  return loops ?? { size: [height, width], counts: runLengths(region) };
}

function runLengths({ map, width, height, value }: Region): number[] {
  const counts: number[] = [];
  let run = 0;
  let inside = false;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if ((map[y * width + x] === value) !== inside) {
        counts.push(run);
        run = 0;
        inside = !inside;
      }
      run++;
    }
  }
  counts.push(run);
  return counts;
}

const steps = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/** Closed loops with the region on the right hand of each step (y points down); undefined when one runs round a hole. */
function traceLoops(region: Region): number[][] | undefined {
  const { width, height } = region;
  const seen = new Uint8Array((width + 1) * (height + 1)); // upper edges walked eastward, by their left end
  const loops: number[][] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!isIn(region, x, y) || isIn(region, x, y - 1) || seen[y * (width + 1) + x] !== 0) continue;
      const { points, area } = walk(region, x, y, seen);
      if (area < 0) return undefined;
      loops.push(points);
    }
  }
  return loops;
}

function isIn({ map, width, height, value }: Region, x: number, y: number): boolean {
  return x >= 0 && y >= 0 && x < width && y < height && map[y * width + x] === value;
}

/** Walks one loop from the upper left corner of a pixel whose upper edge is a border; `area` is negative for a hole. */
function walk(region: Region, startX: number, startY: number, seen: Uint8Array): { points: number[]; area: number } {
  const points: number[] = [];
  let [x, y, direction, twiceArea] = [startX, startY, 0, 0];
  do {
    const corner = direction;
    do {
      if (direction === 0) seen[y * (region.width + 1) + x] = 1;
      const [dx, dy] = steps[direction];
      twiceArea += x * dy - y * dx;
      x += dx;
      y += dy;
      direction = turn(region, x, y, direction);
    } while (direction === corner && !(x === startX && y === startY && direction === 0));
    points.push(x, y);
  } while (!(x === startX && y === startY && direction === 0));
  return { points, area: twiceArea / 2 };
}

/** The next direction at a corner: right if the region does not go on ahead on the right, left if it also lies ahead on the left, else straight. */
function turn(region: Region, x: number, y: number, direction: number): number {
  const right = isIn(region, ...ahead(x, y, direction, true));
  if (!right) return (direction + 1) & 3; // diagonal neighbours part here: regions are 4-connected
  return isIn(region, ...ahead(x, y, direction, false)) ? (direction + 3) & 3 : direction;
}

/** The pixel ahead of a corner, on the right or the left of the direction of travel. */
function ahead(x: number, y: number, direction: number, right: boolean): [number, number] {
  switch (direction) {
    case 0:
      return [x, right ? y : y - 1];
    case 1:
      return [right ? x - 1 : x, y];
    case 2:
      return [x - 1, right ? y - 1 : y];
    default:
      return [right ? x : x - 1, y - 1];
  }
}
