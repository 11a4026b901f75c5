#include "slice_counter.h"

#include <cstring>

#include "conv/scratch.h"

namespace onebit {

SliceCounter::SliceCounter(const SlicePlan& plan)
    : plan_(plan),
      kernels_(slice_kernels()),
      state_bytes_(static_cast<size_t>(slice_state_planes(plan.bits) * plan.lanes / 8)) {
  thread_local Scratch selectors, state, counts;
  selectors_ = selectors.get<uint8_t>(static_cast<size_t>(plan.chunks * kPanelPixels * kSliceSelectors));
  state_ = state.get<uint8_t>(kPanelPixels * state_bytes_);
  counts_ = counts.get<uint16_t>(static_cast<size_t>(kPanelPixels * plan.lanes));
}

void SliceCounter::select(const PanelRun& run, const int64_t* offsets, int64_t depth) {
  static const int32_t kZeros[kPanelPixels] = {};
  for (int64_t chunk = 0; chunk < plan_.chunks; chunk++) {
    const int32_t* words[3];
    for (int64_t w = 0; w < 3; w++) words[w] = 3 * chunk + w < depth ? run.cells + offsets[3 * chunk + w] : kZeros;
    kernels_.select(words[0], words[1], words[2], run.pixels, selectors_ + (chunk * kPanelPixels + run.first) * kSliceSelectors);
  }
}

const uint16_t* SliceCounter::count(const uint8_t* tables, int64_t pixels) {
  std::memset(state_, 0, static_cast<size_t>(pixels) * state_bytes_);
  for (int64_t chunk = 0; chunk < plan_.chunks; chunk++) {
    kernels_.count(tables + chunk * slice_table_bytes(plan_.lanes), selectors_ + chunk * kPanelPixels * kSliceSelectors, pixels, chunk, plan_.bits,
                   state_);
  }
  for (int64_t p = 0; p < pixels; p++) {
    kernels_.read(state_ + static_cast<size_t>(p) * state_bytes_, plan_.chunks, plan_.bits, counts_ + p * plan_.lanes);
  }
  return counts_;
}

}  // namespace onebit
