#include "signed/phases.h"

#include <algorithm>

namespace onebit {
namespace {

/// Taps along one axis that reach input positions of a remainder: position i = remainder + stride * q meets output (i + pad - k * dilation) / stride
/// where that is whole. Descending k gives ascending offsets.
struct AxisTap {
  int64_t offset, k;
};

std::vector<AxisTap> axis_taps(int64_t remainder, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad) {
  std::vector<AxisTap> taps;
  for (int64_t k = kernel - 1; k >= 0; k--) {
    const int64_t position = remainder + pad - k * dilation;
    if (position % stride == 0) taps.push_back({position / stride, k});
  }
  return taps;
}

}  // namespace

Phases::Phases(const Conv2dGeometry& g)
    : height((g.in_height + g.stride_height - 1) / g.stride_height), width((g.in_width + g.stride_width - 1) / g.stride_width) {
  int64_t taps = 0, last_row = 0, last_column = 0;
  for (int64_t row = 0; row < std::min(g.stride_height, g.in_height); row++) {
    const std::vector<AxisTap> rows = axis_taps(row, g.kernel_height, g.stride_height, g.dilation_height, g.pad_top);
    for (int64_t column = 0; !rows.empty() && column < std::min(g.stride_width, g.in_width); column++) {
      const std::vector<AxisTap> columns = axis_taps(column, g.kernel_width, g.stride_width, g.dilation_width, g.pad_left);
      if (columns.empty()) continue;
      Phase phase{row, column, (g.in_height - row + g.stride_height - 1) / g.stride_height,
                  (g.in_width - column + g.stride_width - 1) / g.stride_width, taps, {}, {}};
      for (const AxisTap& r : rows) {
        const auto begin = static_cast<int64_t>(phase.taps.size());
        for (const AxisTap& c : columns) phase.taps.push_back({c.offset, r.k * g.kernel_width + c.k});
        phase.lines.push_back({r.offset, begin, static_cast<int64_t>(phase.taps.size())});
      }
      const bool first = list.empty();
      first_row = first ? rows.front().offset : std::min(first_row, rows.front().offset);
      last_row = first ? rows.back().offset : std::max(last_row, rows.back().offset);
      first_column = first ? columns.front().offset : std::min(first_column, columns.front().offset);
      last_column = first ? columns.back().offset : std::max(last_column, columns.back().offset);
      longest_line = std::max(longest_line, static_cast<int64_t>(columns.size()));
      taps += static_cast<int64_t>(phase.taps.size());
      list.push_back(std::move(phase));
    }
  }
  row_span = last_row - first_row;
  column_span = last_column - first_column;
}

}  // namespace onebit
