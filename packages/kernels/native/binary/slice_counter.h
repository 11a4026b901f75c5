#pragma once
// Bit-sliced counting for the pixels of a panel.

#include "binary_kernels.h"
#include "slice_filter.h"

namespace onebit {

/// Counts mismatches of up to kPanelPixels pixels, in working memory of the calling thread.
class SliceCounter {
 public:
  explicit SliceCounter(const SlicePlan& plan);

  /// Reads the pixels of a run: word p of pixel i is cells[i + offsets[p]].
  void select(const PanelRun& run, const int64_t* offsets, int64_t depth);
  /// Mismatches of the first `pixels` pixels with the channels of a table, [pixels, lanes].
  const uint16_t* count(const uint8_t* tables, int64_t pixels);

 private:
  const SlicePlan& plan_;
  const SliceKernels& kernels_;
  size_t state_bytes_;
  uint8_t* selectors_;  // [chunks, kPanelPixels, kSliceSelectors]
  uint8_t* state_;      // [kPanelPixels, planes]
  uint16_t* counts_;
};

}  // namespace onebit
