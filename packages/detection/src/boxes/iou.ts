const f32 = Math.fround;

/**
 * Intersection over union of box `i` of `a` and box `j` of `b`, both `[N, 4]` corners x1, y1, x2, y2, without any +1. Each operation is rounded to
 * float32 as the reference does, because matching and suppression decide by comparing these values and ties must fall alike.
 * NaN for two boxes without area.
 */
export function boxIou(a: Float32Array, i: number, b: Float32Array, j: number): number {
  const p = i * 4;
  const q = j * 4;
  const width = f32(Math.min(a[p + 2], b[q + 2]) - Math.max(a[p], b[q]));
  const height = f32(Math.min(a[p + 3], b[q + 3]) - Math.max(a[p + 1], b[q + 1]));
  const inter = width > 0 && height > 0 ? f32(width * height) : 0;
  return f32(inter / f32(f32(boxArea(a, i) + boxArea(b, j)) - inter));
}

/** Area of box `i` of `[N, 4]` corners in float32. */
function boxArea(boxes: Float32Array, i: number): number {
  const p = i * 4;
  return f32(f32(boxes[p + 2] - boxes[p]) * f32(boxes[p + 3] - boxes[p + 1]));
}

/** IoU of every box of `a` `[A, 4]` with every box of `b` `[B, 4]`: `[A, B]`. */
export function iouMatrix(a: Float32Array, b: Float32Array): Float32Array {
  const [rows, columns] = [a.length / 4, b.length / 4];
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[i * columns + j] = boxIou(a, i, b, j);
  return out;
}
