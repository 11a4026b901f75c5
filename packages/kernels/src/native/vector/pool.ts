/**
 * Windows over [batch, inHeight, inWidth, channels]. `padTop` and `padLeft` are cells outside the image before the first window; the padding at the
 * other end follows from the output size (so ceil mode is an output size). Every window must hold at least one cell of the image.
 */
export interface PoolGeometry {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly windowHeight: number;
  readonly windowWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** Pooling; x and dx are [batch, inHeight, inWidth, channels], y and dy [batch, outHeight, outWidth, channels]. */
export interface PoolKernels {
  /** Largest value of the window's cells inside the image; NaN if one is NaN. */
  maxPool(geometry: PoolGeometry, x: Float32Array, y: Float32Array): void;
  /**
   * {@link maxPool} that also writes for each output which cell it came from: the number of that cell among the window's cells inside the image, row by
   * row. Windows have at most 255 cells. Of equal cells it is the first, of NaNs the last.
   */
  maxPoolPositions(geometry: PoolGeometry, x: Float32Array, y: Float32Array, positions: Uint8Array): void;
  /** The gradient of the maximum from what {@link maxPoolPositions} wrote; a position that no cell has sends dy nowhere. */
  maxPoolScatter(geometry: PoolGeometry, dy: Float32Array, positions: Uint8Array, dx: Float32Array): void;
  /** dy goes to the first largest cell (row by row) of each window, to the last NaN if there is one. */
  maxPoolGradient(geometry: PoolGeometry, dy: Float32Array, x: Float32Array, dx: Float32Array): void;
  /** Mean of the window's cells inside the image (padding is not counted). */
  avgPool(geometry: PoolGeometry, x: Float32Array, y: Float32Array): void;
  /** The adjoint of {@link avgPool}. */
  avgPoolGradient(geometry: PoolGeometry, dy: Float32Array, dx: Float32Array): void;
}
