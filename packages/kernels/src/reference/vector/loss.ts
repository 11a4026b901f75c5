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
  minedCrossEntropy(logits, classes, labels, images, ratio, chosen) {
    const losses = new Float32Array(labels.length);
    lossReference.softmaxCrossEntropy(logits, classes, labels, losses);
    const rows = [...labels.keys()];
    const each = labels.length / images;
    for (let image = 0; image < images; image++) {
      const own = rows.slice(image * each, (image + 1) * each);
      const ranked = (row: number) => (labels[row] > 0 ? 0 : losses[row]);
      const negatives = Math.min(ratio * own.filter((row) => labels[row] > 0).length, each - 1);
      const hardest = new Set(own.toSorted((a, b) => ranked(b) - ranked(a) || a - b).slice(0, Math.max(negatives, 0)));
      for (const row of own) chosen[row] = Number(labels[row] > 0 || hardest.has(row));
    }
    return losses.reduce((sum, loss, row) => sum + (chosen[row] ? loss : 0), 0);
  },
  minedCrossEntropyGradient(logits, classes, labels, chosen, dy, dlogits) {
    const dloss = Float32Array.from(chosen, (taken) => dy * taken);
    lossReference.softmaxCrossEntropyGradient(logits, classes, labels, dloss, dlogits);
  },
  pickedEntropy(logits, classes, rows, columns, totals, weights) {
    return rows.reduce((sum, row, k) => {
      const q = Math.exp(logSoftmaxRow(logits.subarray(row * classes, (row + 1) * classes))[columns[k]]) / totals[k];
      return sum + weights[k] * q * Math.log(q);
    }, 0);
  },
  pickedEntropyGradient(logits, classes, rows, columns, totals, weights, dy, dlogits) {
    dlogits.fill(0);
    for (const [k, row] of rows.entries()) {
      const probabilities = logSoftmaxRow(logits.subarray(row * classes, (row + 1) * classes)).map(Math.exp);
      const q = probabilities[columns[k]] / totals[k];
      const g = dy * weights[k] * (Math.log(q) + 1) * q;
      probabilities.forEach((p, c) => {
        dlogits[row * classes + c] += g * (Number(c === columns[k]) - p);
      });
    }
  },
  smoothL1Rows(x, width, column, count, rows, targets) {
    return targets.reduce((sum, target, i) => {
      const magnitude = Math.abs(x[rows[Math.floor(i / count)] * width + column + (i % count)] - target);
      return sum + (magnitude < 1 ? magnitude ** 2 / 2 : magnitude - 0.5);
    }, 0);
  },
  smoothL1RowsGradient(x, width, column, count, rows, targets, dy, dx) {
    dx.fill(0);
    for (const [i, target] of targets.entries()) {
      const at = rows[Math.floor(i / count)] * width + column + (i % count);
      dx[at] += dy * Math.min(Math.max(x[at] - target, -1), 1);
    }
  },
};
