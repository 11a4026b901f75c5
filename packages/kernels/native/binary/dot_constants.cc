#include "dot_constants.h"

#include <algorithm>

namespace onebit {
namespace {

/// The kernels see zero bits outside the input. Those mean +1 or 0.
int32_t outside_factor(const BinaryReading& reading) { return reading.pad_value - (reading.levels == Levels::kPm1 ? 1 : 0); }

}  // namespace

PaddingPatterns::Axis::Axis(bool all_alike, int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t before) {
  const bool fits = before == 0 && (out - 1) * stride + (kernel - 1) * dilation < in;
  if (all_alike || fits) {
    ranges.push_back({0, kernel});
    return;
  }
  pattern.reserve(static_cast<size_t>(out));
  for (int64_t i = 0; i < out; i++) {
    // Tap k reads position at + k * dilation.
    const int64_t at = i * stride - before;
    const int64_t begin = std::clamp<int64_t>((-at + dilation - 1) / dilation, 0, kernel);
    const int64_t end = std::clamp<int64_t>((in - at + dilation - 1) / dilation, begin, kernel);
    const Range range{begin, end};
    // Neighbours mostly share a pattern, so the newest is tried first.
    const auto found = std::find(ranges.rbegin(), ranges.rend(), range);
    pattern.push_back(static_cast<int32_t>(found == ranges.rend() ? ranges.size() : ranges.rend() - found - 1));
    if (found == ranges.rend()) ranges.push_back(range);
  }
}

PaddingPatterns::PaddingPatterns(const Conv2dGeometry& g, const BinaryReading& reading)
    : g_(g),
      levels_(reading.levels),
      outside_(outside_factor(reading)),
      rows_(outside_ == 0, g.in_height, g.out_height, g.kernel_height, g.stride_height, g.dilation_height, g.pad_top),
      columns_(outside_ == 0, g.in_width, g.out_width, g.kernel_width, g.stride_width, g.dilation_width, g.pad_left) {}

void PaddingPatterns::constants(const int32_t* tap_sums, int64_t pitch, int32_t* constants) const {
  const int64_t channels = g_.out_channels, taps = g_.kernel_height * g_.kernel_width;
  const auto products = static_cast<int32_t>(taps * g_.group_in());
  // Pattern-free part: K, or -P = (sum of w - K) / 2.
  std::vector<int32_t> inside(static_cast<size_t>(channels), products);
  if (levels_ == Levels::kZeroOne) {
    std::fill(inside.begin(), inside.end(), -products);
    for (int64_t tap = 0; tap < taps; tap++) {
      for (int64_t o = 0; o < channels; o++) inside[static_cast<size_t>(o)] += tap_sums[tap * channels + o];
    }
    for (int32_t& value : inside) value /= 2;
  }
  for (const Range& rows : rows_.ranges) {
    for (const Range& columns : columns_.ranges) {
      std::copy(inside.begin(), inside.end(), constants);
      for (int64_t tap = 0; tap < taps; tap++) {
        const int64_t kh = tap / g_.kernel_width, kw = tap % g_.kernel_width;
        if (kh >= rows.begin && kh < rows.end && kw >= columns.begin && kw < columns.end) continue;
        for (int64_t o = 0; o < channels; o++) constants[o] += outside_ * tap_sums[tap * channels + o];
      }
      constants += pitch;
    }
  }
}

}  // namespace onebit
