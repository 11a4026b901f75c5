import { OnebitError } from '@onebit/common';

/** Prior boxes of one feature map. Lengths are in pixels of the network's input. */
export interface PriorMap {
  /** Cells along each side. */
  readonly size: number;
  /** Pixels from one prior centre to the next. */
  readonly step: number;
  /** Side of the smaller square; the larger one has side sqrt(minSize * maxSize). */
  readonly minSize: number;
  readonly maxSize: number;
  /** Besides the squares, for each ratio r one box r times as wide as high and one the other way round. */
  readonly aspectRatios: readonly number[];
}

/** All priors of a network. */
export interface PriorSpec {
  readonly imageSize: number;
  readonly maps: readonly PriorMap[];
}

/** Priors at each cell of a map. */
export function priorsPerCell(map: PriorMap): number {
  return 2 + 2 * map.aspectRatios.length;
}

/** Number of priors. */
export function priorCount({ maps }: PriorSpec): number {
  return maps.reduce((sum, map) => sum + map.size * map.size * priorsPerCell(map), 0);
}

/**
 * The priors `[P, 4]` as (cx, cy, w, h) relative to the image, clipped to [0, 1], in the order map, row, column, box; boxes of a cell: small square, large
 * square, then both shapes of each ratio. bidet.md section 6.1.
 */
export function makePriors(spec: PriorSpec): Float32Array {
  const { imageSize, maps } = spec;
  const out = new Float32Array(priorCount(spec) * 4);
  let at = 0;
  for (const map of maps) {
    const shapes = priorShapes(map, imageSize);
    const { size, step } = map;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const cx = ((column + 0.5) * step) / imageSize;
        const cy = ((row + 0.5) * step) / imageSize;
        for (const [width, height] of shapes) {
          for (const value of [cx, cy, width, height]) out[at++] = Math.min(Math.max(value, 0), 1);
        }
      }
    }
  }
  return out;
}

function priorShapes({ minSize, maxSize, aspectRatios }: PriorMap, imageSize: number): [number, number][] {
  const small = minSize / imageSize;
  const large = Math.sqrt(small * (maxSize / imageSize));
  const squares: [number, number][] = [
    [small, small],
    [large, large],
  ];
  return squares.concat(
    aspectRatios.flatMap((ratio): [number, number][] => [
      [small * Math.sqrt(ratio), small / Math.sqrt(ratio)],
      [small / Math.sqrt(ratio), small * Math.sqrt(ratio)],
    ]),
  );
}

/** Per cent of the image side for the first map and from the second map on (SSD authors' scripts for VOC and COCO). */
const scales = { voc: { first: 10, from: 20 }, coco: { first: 7, from: 15 } } as const;
const largestScale = 90;

/**
 * The rule behind SSD300's priors, for any image size: sizes grow evenly from 20 % (COCO 15 %) of the image side at the second map to 90 % at the last, in whole
 * per cent; the first map, which sees small objects, starts at 10 % (7 %). Ratios 2 and 3, but 2 alone on the first map and on maps of at most 3 cells.
 * Centres are spread evenly over the image, so the step is `imageSize / size`: equal to the stride where the stride divides the image, and never
 * a centre outside. `ssdPriors(300, [38, 19, 10, 5, 3, 1])` gives SSD300's sizes exactly.
 */
export function ssdPriors(
  imageSize: number,
  mapSizes: readonly number[],
  { scale = 'voc' }: { scale?: keyof typeof scales } = {},
): PriorSpec {
  if (!(imageSize > 0) || mapSizes.length === 0 || !mapSizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new OnebitError(
      'ERR_USAGE',
      `ssdPriors: image size and map sizes must be positive, got ${imageSize} and [${mapSizes.join(', ')}]`,
    );
  }
  const { first, from } = scales[scale];
  const growth = Math.floor((largestScale - from) / Math.max(mapSizes.length - 2, 1));
  const percent = mapSizes.map((_, k) => (k === 0 ? first : from + (k - 1) * growth));
  percent.push(mapSizes.length === 1 ? from : from + (mapSizes.length - 1) * growth);
  const maps = mapSizes.map((size, k) => ({
    size,
    step: imageSize / size,
    minSize: (imageSize * percent[k]) / 100,
    maxSize: (imageSize * percent[k + 1]) / 100,
    aspectRatios: k === 0 || size <= 3 ? [2] : [2, 3],
  }));
  return { imageSize, maps };
}

/** SSD300's steps, which are strides on the first maps and not quite `imageSize / size`. */
function ssd300(scale: keyof typeof scales): PriorSpec {
  const steps = [8, 16, 32, 64, 100, 300];
  const { imageSize, maps } = ssdPriors(300, [38, 19, 10, 5, 3, 1], { scale });
  return { imageSize, maps: maps.map((map, k) => ({ ...map, step: steps[k] })) };
}

/** The published sets of priors, 8732 boxes each. */
export const priorPresets = {
  'ssd300-voc': ssd300('voc'),
  'ssd300-coco': ssd300('coco'),
} as const satisfies Record<string, PriorSpec>;
