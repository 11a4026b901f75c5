#include "padding.h"

#include <algorithm>

namespace onebit {
namespace {

/// Sorts the positions along one axis by the taps that fall outside; returns each position's pattern.
std::vector<int32_t> find_patterns(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t before,
                                   std::vector<std::vector<bool>>& patterns) {
  patterns.assign(1, std::vector<bool>(static_cast<size_t>(kernel), false));
  std::vector<int32_t> result(static_cast<size_t>(out));
  std::vector<bool> outside(static_cast<size_t>(kernel));
  for (int64_t i = 0; i < out; i++) {
    for (int64_t k = 0; k < kernel; k++) {
      const int64_t at = i * stride + k * dilation - before;
      outside[static_cast<size_t>(k)] = at < 0 || at >= in;
    }
    // Neighbours mostly share a pattern, so the newest is tried first.
    const auto found = std::find(patterns.rbegin(), patterns.rend(), outside);
    if (found == patterns.rend()) {
      result[static_cast<size_t>(i)] = static_cast<int32_t>(patterns.size());
      patterns.push_back(outside);
    } else {
      result[static_cast<size_t>(i)] = static_cast<int32_t>(patterns.rend() - found - 1);
    }
  }
  return result;
}

int32_t count_negative(const int32_t* words, int64_t count, int64_t stride) {
  int32_t bits = 0;
  for (int64_t w = 0; w < count; w++) bits += __builtin_popcount(static_cast<uint32_t>(words[w * stride]));
  return bits;
}

}  // namespace

PaddingCorrections::PaddingCorrections(const Conv2dGeometry& g, int32_t pad_value, bool zero_one)
    : g_(g), factor_(pad_value - (zero_one ? 0 : 1)) {
  if (factor_ == 0) return;
  row_pattern_ = find_patterns(g.in_height, g.out_height, g.kernel_height, g.stride_height, g.dilation_height, g.pad_top, row_outside_);
  column_pattern_ = find_patterns(g.in_width, g.out_width, g.kernel_width, g.stride_width, g.dilation_width, g.pad_left, column_outside_);
}

void PaddingCorrections::prepare(const int32_t* slivers, int64_t sliver, int64_t width, int64_t words) {
  if (factor_ == 0 || (row_outside_.size() == 1 && column_outside_.size() == 1)) return;
  const int64_t taps = g_.kernel_height * g_.kernel_width, columns = g_.group_out();
  std::vector<int32_t> tap_sums(static_cast<size_t>(taps * columns));  // sum of the weights of a tap: channels - 2 * negative ones
  for (int64_t o = 0; o < columns; o++) {
    const int64_t first = o / sliver * sliver;
    const int64_t padded = columns - first > width ? sliver : width;
    const int32_t* column = slivers + first * taps * words + (o - first);
    for (int64_t tap = 0; tap < taps; tap++) {
      const int32_t negative = count_negative(column + tap * words * padded, words, padded);
      tap_sums[static_cast<size_t>(tap * columns + o)] = static_cast<int32_t>(g_.group_in()) - 2 * negative;
    }
  }
  values_.assign(row_outside_.size() * column_outside_.size() * static_cast<size_t>(columns), 0);
  int32_t* values = values_.data();
  for (const auto& rows : row_outside_) {
    for (const auto& outside_columns : column_outside_) {
      for (int64_t tap = 0; tap < taps; tap++) {
        const auto kh = static_cast<size_t>(tap / g_.kernel_width), kw = static_cast<size_t>(tap % g_.kernel_width);
        if (!rows[kh] && !outside_columns[kw]) continue;
        const int32_t* sums = tap_sums.data() + tap * columns;
        for (int64_t o = 0; o < columns; o++) values[o] += factor_ * sums[o];
      }
      values += columns;
    }
  }
}

const int32_t* PaddingCorrections::corrections(int64_t pixel) const {
  if (values_.empty()) return nullptr;
  const auto row = static_cast<size_t>(row_pattern_[static_cast<size_t>(pixel / g_.out_width % g_.out_height)]);
  const auto column = static_cast<size_t>(column_pattern_[static_cast<size_t>(pixel % g_.out_width)]);
  if (row == 0 && column == 0) return nullptr;
  return values_.data() + (row * column_outside_.size() + column) * static_cast<size_t>(g_.group_out());
}

}  // namespace onebit
