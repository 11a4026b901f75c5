#include "taps.h"

namespace onebit {

std::vector<Tap> forward_taps(const Conv2dGeometry& g) {
  std::vector<Tap> taps;
  for (int64_t kh = 0; kh < g.kernel_height; kh++) {
    for (int64_t kw = 0; kw < g.kernel_width; kw++) {
      taps.push_back({kh * g.dilation_height - g.pad_top, kw * g.dilation_width - g.pad_left, kh * g.kernel_width + kw});
    }
  }
  return taps;
}

std::vector<Tap> phase_taps(const Conv2dGeometry& g, int64_t row, int64_t column) {
  std::vector<Tap> taps;
  // Input row i = row + stride * q meets output row (i + pad - kh * dilation) / stride where that is whole. Descending kh gives ascending offsets.
  for (int64_t kh = g.kernel_height - 1; kh >= 0; kh--) {
    const int64_t y = row + g.pad_top - kh * g.dilation_height;
    if (y % g.stride_height != 0) continue;
    for (int64_t kw = g.kernel_width - 1; kw >= 0; kw--) {
      const int64_t x = column + g.pad_left - kw * g.dilation_width;
      if (x % g.stride_width != 0) continue;
      taps.push_back({y / g.stride_height, x / g.stride_width, kh * g.kernel_width + kw});
    }
  }
  return taps;
}

std::vector<PixelRun> join_taps(const std::vector<Tap>& taps, bool whole_pixels) {
  std::vector<PixelRun> runs;
  for (const Tap& tap : taps) {
    if (whole_pixels && !runs.empty() && runs.back().row == tap.row && runs.back().column + runs.back().length == tap.column) {
      runs.back().length++;
    } else {
      runs.push_back({tap.row, tap.column, 1});
    }
  }
  return runs;
}

}  // namespace onebit
