/**
 * Scales between a box's offset from its prior and what the network predicts (SSD, arXiv 1512.02325, "variances" of the authors' code): offsets of the
 * centre in prior sizes are divided by 0.1, logarithms of the size ratio by 0.2.
 */
const centreScale = 0.1;
const sizeScale = 0.2;

/** Boxes `[N, 4]` as centre and size (cx, cy, w, h) turned into corners (x1, y1, x2, y2). */
export function centresToCorners(boxes: Float32Array): Float32Array {
  const out = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const [halfWidth, halfHeight] = [boxes[i + 2] / 2, boxes[i + 3] / 2];
    out[i] = boxes[i] - halfWidth;
    out[i + 1] = boxes[i + 1] - halfHeight;
    out[i + 2] = boxes[i] + halfWidth;
    out[i + 3] = boxes[i + 1] + halfHeight;
  }
  return out;
}

/**
 * Offsets dx, dy, dw, dh `[N, 4]` that lead from priors `[N, 4]` (cx, cy, w, h) to boxes `[N, 4]` (corners). A box without area gives -Infinity: data is
 * checked where it enters, not here.
 */
export function encodeBoxes(boxes: Float32Array, priors: Float32Array): Float32Array {
  const out = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const [width, height] = [priors[i + 2], priors[i + 3]];
    out[i] = ((boxes[i] + boxes[i + 2]) / 2 - priors[i]) / (centreScale * width);
    out[i + 1] = ((boxes[i + 1] + boxes[i + 3]) / 2 - priors[i + 1]) / (centreScale * height);
    out[i + 2] = Math.log((boxes[i + 2] - boxes[i]) / width) / sizeScale;
    out[i + 3] = Math.log((boxes[i + 3] - boxes[i + 1]) / height) / sizeScale;
  }
  return out;
}

/** The inverse of {@link encodeBoxes}: corners `[N, 4]` from offsets and priors. Nothing is clipped. */
export function decodeBoxes(offsets: Float32Array, priors: Float32Array): Float32Array {
  const out = new Float32Array(offsets.length);
  for (let i = 0; i < offsets.length; i += 4) {
    const width = priors[i + 2] * Math.exp(offsets[i + 2] * sizeScale);
    const height = priors[i + 3] * Math.exp(offsets[i + 3] * sizeScale);
    out[i] = priors[i] + offsets[i] * centreScale * priors[i + 2] - width / 2;
    out[i + 1] = priors[i + 1] + offsets[i + 1] * centreScale * priors[i + 3] - height / 2;
    out[i + 2] = out[i] + width;
    out[i + 3] = out[i + 1] + height;
  }
  return out;
}

/** Rows `indices` of a table with `width` columns. */
export function takeRows(table: Float32Array, width: number, indices: ArrayLike<number>): Float32Array {
  const out = new Float32Array(indices.length * width);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i] * width;
    for (let k = 0; k < width; k++) out[i * width + k] = table[from + k];
  }
  return out;
}
