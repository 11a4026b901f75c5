#pragma once
// Which pixels a convolution reads, as lists of taps.

#include <vector>

#include "gemm_kernels.h"
#include "geometry.h"

namespace onebit {

/// One tap of a kernel and the offset in pixels it reads at.
struct Tap {
  int64_t row, column;
  int64_t kernel_offset;  // kh * kernelWidth + kw
};

/// Output pixel (q, r) reads input pixel (q * stride + row, r * stride + column).
std::vector<Tap> forward_taps(const Conv2dGeometry& g);

/// Input pixels with the same remainder modulo the stride see the same taps, at fixed offsets in dy: for each remainder ("phase") the gradient is
/// a stride-1 convolution of dy, without a wasted product and without a scatter. Taps of the input pixels (row + stride * q, column + stride * r):
/// they read dy at (q + tap.row, r + tap.column).
std::vector<Tap> phase_taps(const Conv2dGeometry& g, int64_t row, int64_t column);

/// Joins taps that read neighbouring pixels into runs; only whole pixels can be read as one piece.
std::vector<PixelRun> join_taps(const std::vector<Tap>& taps, bool whole_pixels);

}  // namespace onebit
