import type { LossKernels } from '../../native/vector/loss.js';

/** log softmax of one row, in float64. */
function logSoftmaxRow(row: Float32Array): Float64Array {
  const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const logSum = Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  return Float64Array.from(row, (value) => value - largest - logSum);
}

function forEachRow(x: Float32Array, classes: number, visit: (row: Float64Array, index: number) => void): void {
  for (let r = 0; r * classes < x.length; r++) visit(logSoftmaxRow(x.subarray(r * classes, (r + 1) * classes)), r);
}

/** Plain loops: the definition of {@link LossKernels}. Arguments are not checked. */
export const lossReference: LossKernels = {
  softmax(x, classes, y) {
    forEachRow(x, classes, (row, r) => y.set(row.map(Math.exp), r * classes));
  },
  logSoftmax(x, classes, y) {
    forEachRow(x, classes, (row, r) => y.set(row, r * classes));
  },
  softmaxCrossEntropy(logits, classes, labels, loss) {
    forEachRow(logits, classes, (row, r) => {
      loss[r] = -row[labels[r]];
    });
  },
  softmaxCrossEntropyGradient(logits, classes, labels, dloss, dlogits) {
    forEachRow(logits, classes, (row, r) => {
      row.forEach((value, c) => {
        dlogits[r * classes + c] = (Math.exp(value) - Number(c === labels[r])) * dloss[r];
      });
    });
  },
};
