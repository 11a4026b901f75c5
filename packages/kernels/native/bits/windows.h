#pragma once
// Which outputs a tap of a window serves.

#include <algorithm>
#include <cstdint>

namespace onebit {

struct Range {
  int64_t begin, end;  // empty where equal
};

/// Outputs o in [0, out) whose cell o * stride + offset lies in [0, in).
inline Range outputs_inside(int64_t in, int64_t out, int64_t stride, int64_t offset) {
  const int64_t begin = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const int64_t end = offset >= in ? 0 : (in - 1 - offset) / stride + 1;
  const int64_t first = std::min(begin, out);
  return {first, std::clamp(end, first, out)};
}

}  // namespace onebit
