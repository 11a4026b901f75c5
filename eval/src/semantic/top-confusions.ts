import type { ConfusionMatrix } from './confusion-matrix.js';

/** Two classes that are taken for one another. */
export interface Confusion {
  readonly truth: string;
  readonly predicted: string;
  readonly pixels: number;
  /** Share of the truth pixels of the class, in (0, 1]. */
  readonly shareOfTruth: number;
}

/** The `count` pairs of different classes with most pixels, largest first; pairs that never occur are left out. */
export function topConfusions(matrix: ConfusionMatrix, count: number): Confusion[] {
  const { classes, counts } = matrix;
  const n = classes.length;
  const { truth: ofTruth } = matrix.classSums();
  return Array.from(counts.keys())
    .filter((cell) => counts[cell] > 0 && cell % n !== Math.floor(cell / n))
    .sort((a, b) => counts[b] - counts[a])
    .slice(0, count)
    .map((cell) => {
      const truth = Math.floor(cell / n);
      const pixels = counts[cell];
      return { truth: classes[truth], predicted: classes[cell % n], pixels, shareOfTruth: pixels / ofTruth[truth] };
    });
}
