/**
 * Where output pixel i samples an axis of size `in` resized to `out`:
 * - `half-pixel`: (i + 1/2) · in/out - 1/2 (OpenCV, PyTorch align_corners=False);
 * - `align-corners`: i · (in - 1)/(out - 1), 0 for out = 1;
 * - `asymmetric`: i · in/out (tfjs with both flags false).
 * Positions are clamped to [0, in - 1].
 */
export type ResizeMode = 'half-pixel' | 'align-corners' | 'asymmetric';

/** x [batch, inHeight, inWidth, channels] and y [batch, outHeight, outWidth, channels]. */
export interface ResizeGeometry {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

export interface ResizeKernels {
  /** Bilinear interpolation, no antialiasing. */
  resizeBilinear(geometry: ResizeGeometry, mode: ResizeMode, x: Float32Array, y: Float32Array): void;
  /** The exact adjoint of {@link resizeBilinear}. */
  resizeBilinearGradient(geometry: ResizeGeometry, mode: ResizeMode, dy: Float32Array, dx: Float32Array): void;
}
