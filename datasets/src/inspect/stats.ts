import type { DetectionDataset } from '../types.js';

/** Counts of values in ranges: `counts[i]` values are at least `edges[i]` and less than `edges[i + 1]`. */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Figures of a data set's annotations; plain data, ready for JSON. */
export interface DatasetStats {
  readonly name: string;
  readonly split: string;
  readonly images: number;
  readonly imagesWithoutObjects: number;
  readonly objects: number;
  readonly difficult: number;
  readonly crowds: number;
  readonly perClass: readonly {
    readonly name: string;
    readonly objects: number;
    readonly images: number;
    readonly difficult: number;
    readonly crowds: number;
  }[];
  readonly objectsPerImage: {
    readonly mean: number;
    readonly median: number;
    readonly greatest: number;
    readonly histogram: Histogram;
  };
  /** Square root of a box's share of its picture's area, 0 to 1. */
  readonly relativeSize: { readonly median: number; readonly histogram: Histogram };
  /** Boxes by area in pixels, at COCO's limits of 32 x 32 and 96 x 96. */
  readonly byArea: { readonly small: number; readonly medium: number; readonly large: number };
  /** Width over height of the boxes. */
  readonly aspect: { readonly median: number; readonly histogram: Histogram };
  /** Sizes of pictures, `width x height`, most frequent first. */
  readonly imageSizes: readonly { readonly size: string; readonly images: number }[];
}

const sizeEdges = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.01];
const aspectEdges = [0, 0.2, 0.33, 0.5, 0.75, 1.33, 2, 3, 5, Number.MAX_VALUE];
const countEdges = [0, 1, 2, 3, 4, 6, 9, 16, 32, Number.MAX_SAFE_INTEGER];

/** Counts and distributions of a split: classes, sizes, shapes, crowding. */
export function datasetStats(dataset: DetectionDataset): DatasetStats {
  const { name, split, classes, samples } = dataset;
  const objects = samples.flatMap((sample) => sample.objects.map((object) => ({ ...object, sample })));
  const sides = objects.map(({ box: [x1, y1, x2, y2] }) => ({ width: x2 - x1, height: y2 - y1 }));
  const sizes = sides.map(({ width, height }, i) =>
    Math.sqrt((width * height) / (objects[i].sample.width * objects[i].sample.height)),
  );
  const aspects = sides.map(({ width, height }) => width / height);
  const areas = objects.map(({ area }, i) => area ?? sides[i].width * sides[i].height);
  const perImage = samples.map((sample) => sample.objects.length);
  return {
    name,
    split,
    images: samples.length,
    imagesWithoutObjects: perImage.filter((n) => n === 0).length,
    objects: objects.length,
    difficult: objects.filter(({ difficult }) => difficult).length,
    crowds: objects.filter(({ crowd }) => crowd).length,
    perClass: classes.map((className, label) => {
      const own = objects.filter((object) => object.label === label);
      return {
        name: className,
        objects: own.length,
        images: new Set(own.map(({ sample }) => sample)).size,
        difficult: own.filter(({ difficult }) => difficult).length,
        crowds: own.filter(({ crowd }) => crowd).length,
      };
    }),
    objectsPerImage: {
      mean: samples.length === 0 ? 0 : objects.length / samples.length,
      median: median(perImage),
      greatest: perImage.reduce((a, b) => Math.max(a, b), 0),
      histogram: histogram(perImage, countEdges),
    },
    relativeSize: { median: median(sizes), histogram: histogram(sizes, sizeEdges) },
    byArea: {
      small: areas.filter((area) => area < 32 ** 2).length,
      medium: areas.filter((area) => area >= 32 ** 2 && area <= 96 ** 2).length,
      large: areas.filter((area) => area > 96 ** 2).length,
    },
    aspect: { median: median(aspects), histogram: histogram(aspects, aspectEdges) },
    imageSizes: countSizes(dataset),
  };
}

function countSizes({ samples }: DetectionDataset): DatasetStats['imageSizes'] {
  const counts = new Map<string, number>();
  for (const { width, height } of samples) {
    const size = `${width} x ${height}`;
    counts.set(size, (counts.get(size) ?? 0) + 1);
  }
  return [...counts].map(([size, images]) => ({ size, images })).sort((a, b) => b.images - a.images);
}

function histogram(values: readonly number[], edges: readonly number[]): Histogram {
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const value of values) {
    const at = edges.findLastIndex((edge) => value >= edge);
    if (at >= 0 && at < counts.length) counts[at]++;
  }
  return { edges, counts };
}

/** The mean of the two middle values for an even number of them; 0 for none. */
function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
