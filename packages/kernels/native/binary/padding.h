#pragma once
// What taps outside the input add to a binary dot product.

#include <cstdint>
#include <vector>

#include "conv/geometry.h"

namespace onebit {

/// The kernels see words of zero bits outside the input. Those mean +1 (xor form) or 0 (and form). To make every outside tap count as `pad_value`
/// instead, add (pad_value - meaning) * (sum of the tap's weights) for each: exact integers for any channel count. Pixels with the same outside
/// taps share one row of corrections, so there are few: 9 for a 3 x 3 kernel at stride 1.
class PaddingCorrections {
 public:
  PaddingCorrections(const Conv2dGeometry& g, int32_t pad_value, bool zero_one);

  /// Builds the rows from the packed filter: sliver s of `sliver` columns at slivers + s * taps * words * sliver, the last one `width` wide where
  /// that suffices. Must be called before corrections().
  void prepare(const int32_t* slivers, int64_t sliver, int64_t width, int64_t words);

  /// [group_out] numbers to add to the outputs of a pixel (index within [N, H', W']); null where nothing is outside or nothing must be added.
  const int32_t* corrections(int64_t pixel) const;

 private:
  const Conv2dGeometry& g_;
  int32_t factor_;
  // Pattern of each output row and column: which kernel rows (columns) lie outside. Pattern 0 is "none".
  std::vector<int32_t> row_pattern_, column_pattern_;
  std::vector<std::vector<bool>> row_outside_, column_outside_;
  std::vector<int32_t> values_;  // [row patterns, column patterns, group_out]
};

}  // namespace onebit
