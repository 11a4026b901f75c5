/**
 * What a detector does with boxes outside of tensors; the definition, in plain loops, is the code of `@onebit/detection`, and results are equal to
 * it to the bit. Boxes are corners x1, y1, x2, y2; every operation of an overlap is rounded to float32.
 */
export interface BoxKernels {
  /**
   * SSD's matching, image by image: each prior takes the truth of largest IoU (the first on ties), then each truth takes its best prior.
   * @param truths `[T, 4]` of all images one after another @param ends `[B]` where those of each image end @param priors `[P, 4]`
   * @param truth `[B, P]` index among the truths of the image, -1 where it has none
   * @param overlap `[B, P]` IoU with that truth, 2 where the prior is the best one of a truth
   * @param bestPrior `[T]` the prior of largest IoU with each truth, the first on ties
   */
  matchPriors(
    truths: Float32Array,
    ends: Int32Array,
    priors: Float32Array,
    truth: Int32Array,
    overlap: Float32Array,
    bestPrior: Int32Array,
  ): void;
  /**
   * For each group the rows of a table with the highest values of a column, among those above the threshold; equal values in order of rows.
   * @param table `[N, columns]` @param starts `[G]` each group looks at the rows from here @param rows on, this many
   * @param picked `[G]` the column it looks at @param best `[G, limit]` row numbers, best first
   * @param scores `[G, limit]` their values @param found `[G]` how many there are
   */
  bestAbove(
    table: Float32Array,
    columns: number,
    rows: number,
    starts: Int32Array,
    picked: Int32Array,
    threshold: number,
    limit: number,
    best: Int32Array,
    scores: Float32Array,
    found: Int32Array,
  ): void;
  /**
   * Greedy suppression in each group of boxes, which stand in descending order of their scores.
   * @param boxes `[N, 4]` @param ends `[G]` where each group ends
   * @param iou a box that overlaps a better one by more than this (or whose overlap is NaN) goes @param kept `[N]` 1 for those that stay
   */
  suppress(boxes: Float32Array, ends: Int32Array, iou: number, kept: Uint8Array): void;
}
