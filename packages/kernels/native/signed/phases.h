#pragma once
// Input pixels with the same remainder modulo the stride see the same taps, at fixed offsets in dy: for each remainder ("phase") the gradient at the
// input is a stride-1 convolution of dy, without a wasted product and without a scatter.

#include <vector>

#include "conv/geometry.h"

namespace onebit {

struct PhaseTap {
  int64_t column;         // offset in dy
  int64_t kernel_offset;  // kh * kernelWidth + kw
};

/// Taps [begin, end) of a phase, which read the same line of dy.
struct TapLine {
  int64_t row;  // offset in dy
  int64_t begin, end;
};

struct Phase {
  int64_t row, column;    // remainders: pixel (q, r) of the phase is input pixel (q * stride + row, r * stride + column)
  int64_t height, width;  // in pixels of the phase
  int64_t taps_before;    // of the phases before it
  std::vector<PhaseTap> taps;
  std::vector<TapLine> lines;
};

/// The phases that have taps, and their common extent.
struct Phases {
  explicit Phases(const Conv2dGeometry& g);

  std::vector<Phase> list;
  int64_t height, width;  // of the largest phase
  // Offsets of all taps lie in [first_row, first_row + row_span] and [first_column, first_column + column_span].
  int64_t first_row = 0, row_span = 0, first_column = 0, column_span = 0;
  int64_t longest_line = 1;  // taps
};

}  // namespace onebit
