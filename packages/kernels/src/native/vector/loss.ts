/** Softmax and the loss on it, over the last axis: logits [rows, classes]. */
export interface LossKernels {
  /** y = exp(x - max) / sum exp(x - max) per row. */
  softmax(x: Float32Array, classes: number, y: Float32Array): void;
  /** y = x - max - log(sum exp(x - max)) per row. */
  logSoftmax(x: Float32Array, classes: number, y: Float32Array): void;
  /** loss [rows] = -logSoftmax(logits)[label]; a label outside [0, classes) throws. */
  softmaxCrossEntropy(logits: Float32Array, classes: number, labels: Int32Array, loss: Float32Array): void;
  /** dlogits = (softmax(logits) - oneHot(labels)) · dloss [rows]. */
  softmaxCrossEntropyGradient(
    logits: Float32Array,
    classes: number,
    labels: Int32Array,
    dloss: Float32Array,
    dlogits: Float32Array,
  ): void;
  /**
   * Sum of the cross entropies of the chosen rows: those with a label above 0, and in each of `images` equal parts the rows of label 0 with the largest
   * losses, `ratio` for each row above 0 but at most the rows of an image less one. Ranked by loss with 0 for labels above 0, ties in order of rows.
   */
  minedCrossEntropy(
    logits: Float32Array,
    classes: number,
    labels: Int32Array,
    images: number,
    ratio: number,
    chosen: Uint8Array,
  ): number;
  /** dlogits = dy · (softmax(logits) - oneHot(labels)) in the chosen rows, 0 in the others. */
  minedCrossEntropyGradient(
    logits: Float32Array,
    classes: number,
    labels: Int32Array,
    chosen: Uint8Array,
    dy: number,
    dlogits: Float32Array,
  ): void;
  /** Sum over k of weights[k] · q ln q with q = softmax(logits)[rows[k], columns[k]] / totals[k]. */
  pickedEntropy(
    logits: Float32Array,
    classes: number,
    rows: Int32Array,
    columns: Int32Array,
    totals: Float32Array,
    weights: Float32Array,
  ): number;
  /** With g = dy · weights[k] · (ln q + 1) · q, row rows[k] of dlogits gets g · (oneHot(columns[k]) - softmax) for every k. */
  pickedEntropyGradient(
    logits: Float32Array,
    classes: number,
    rows: Int32Array,
    columns: Int32Array,
    totals: Float32Array,
    weights: Float32Array,
    dy: number,
    dlogits: Float32Array,
  ): void;
  /**
   * Sum of smooth L1 between `count` columns, from `column` on, of some rows of x [N, width] and their targets [rows, count]; a row may come several
   * times.
   */
  smoothL1Rows(
    x: Float32Array,
    width: number,
    column: number,
    count: number,
    rows: Int32Array,
    targets: Float32Array,
  ): number;
  /** dx [N, width] is dy times the slope in the compared places, summed over those that come several times, and 0 in the others. */
  smoothL1RowsGradient(
    x: Float32Array,
    width: number,
    column: number,
    count: number,
    rows: Int32Array,
    targets: Float32Array,
    dy: number,
    dx: Float32Array,
  ): void;
}
