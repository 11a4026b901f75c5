#pragma once
// What must be added to factor * mismatches to give a dot product: a constant per output channel, and what taps outside the input contribute.

#include <cstdint>
#include <vector>

#include "bits/levels.h"
#include "conv/geometry.h"

namespace onebit {

/// How the bits of a binary convolution are to be read.
struct BinaryReading {
  int32_t pad_value;  // 0, 1 or -1: value of the activations outside the input
  Levels levels;
};

/// With K the number of products, m the mismatches and P the set weight bits (-1) of an output channel:
/// - kPm1: dot = K - 2 m.
/// - kZeroOne: activations a = (1 - s) / 2 where s is what kPm1 would read, so dot = (sum of w - sum of s w) / 2 = ((K - 2 P) - (K - 2 m)) / 2 = m - P.
inline int32_t mismatch_factor(Levels levels) { return levels == Levels::kPm1 ? -2 : 1; }

/// Sorts output pixels by the taps that lie outside the input; pixels with the same outside taps share their constants. There are few such sets: 9 for
/// a 3 x 3 kernel at stride 1.
class PaddingPatterns {
 public:
  PaddingPatterns(const Conv2dGeometry& g, const BinaryReading& reading);

  int64_t count() const { return static_cast<int64_t>(rows_.ranges.size() * columns_.ranges.size()); }
  /// The pattern of output pixel (row, column) is of_row(row) + of_columns()[column]; null where all columns are alike.
  int64_t of_row(int64_t row) const {
    return rows_.pattern.empty() ? 0 : rows_.pattern[static_cast<size_t>(row)] * static_cast<int64_t>(columns_.ranges.size());
  }
  const int32_t* of_columns() const { return columns_.pattern.empty() ? nullptr : columns_.pattern.data(); }

  /// constants[pattern * pitch + o] for all patterns; tap_sums [taps, O]: sums of the weights of each tap.
  void constants(const int32_t* tap_sums, int64_t pitch, int32_t* constants) const;

 private:
  struct Range {
    int64_t begin, end;  // taps inside the input
    bool operator==(const Range& other) const { return begin == other.begin && end == other.end; }
  };
  struct Axis {
    Axis(bool all_alike, int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t before);
    std::vector<Range> ranges;
    std::vector<int32_t> pattern;  // per position; empty where all are alike
  };

  const Conv2dGeometry& g_;
  Levels levels_;
  int32_t outside_;  // what each outside tap adds, times the sum of its weights
  Axis rows_, columns_;
};

}  // namespace onebit
