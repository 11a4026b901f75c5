#include "bands.h"

#include <algorithm>

#include "binary_kernels.h"

namespace onebit {
namespace {

/// Words of the planes of a band: 256 KB, so that they stay in a level-2 cache beside the filter.
constexpr int64_t kPlaneWords = 65536;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

Pieces::Pieces(const Conv2dGeometry& g, int64_t inputs, int64_t threads, int64_t channel_unit, int64_t most_channels)
    : g_(g), channels_(g.groups == 1 ? std::min(g.out_channels, most_channels) : g.out_channels) {
  const int64_t words = inputs * g.groups * words_for(g.group_in());
  const int64_t halo_height = (g.kernel_height - 1) * g.dilation_height, halo_width = (g.kernel_width - 1) * g.dilation_width;
  const auto height = [&](int64_t rows) { return std::min(g.in_height, (rows - 1) * g.stride_height + 1 + halo_height); };
  const auto width = [&](int64_t columns) { return std::min(g.in_width, (columns - 1) * g.stride_width + 1 + halo_width); };
  rows_ = g.out_height;
  columns_ = g.out_width;
  while (columns_ > kPanelPixels && words * height(1) * width(columns_) > kPlaneWords) columns_ = ceil_div(columns_, 2);
  while (rows_ > 1 && words * height(rows_) * width(columns_) > kPlaneWords) rows_ = ceil_div(rows_, 2);
  if (threads > 1) {
    // Two pieces a thread even out their speeds; a piece should still fill two panels, or half of one where channels cannot be split.
    const int64_t wanted = 2 * threads;
    const int64_t fewest = channel_unit > kPackedChannels ? kPanelPixels / 2 : 2 * kPanelPixels;
    const auto bands = [&] { return g.batch * ceil_div(g.out_height, rows_) * ceil_div(g.out_width, columns_); };
    while (rows_ > 1 && bands() < wanted && rows_ / 2 * columns_ >= fewest) rows_ = ceil_div(rows_, 2);
    while (bands() < wanted && columns_ / 2 * rows_ >= fewest) columns_ = ceil_div(columns_, 2);
    // Every part of the channels makes its own panels: no more parts than needed.
    if (g.groups == 1 && bands() < threads) {
      channels_ = std::min(channels_, ceil_div(ceil_div(g.out_channels, ceil_div(threads, std::max<int64_t>(bands(), 1))), channel_unit) * channel_unit);
    }
  }
  row_bands_ = ceil_div(g.out_height, rows_);
  column_bands_ = ceil_div(g.out_width, columns_);
  channel_parts_ = ceil_div(g.out_channels, channels_);
}

Piece Pieces::operator[](int64_t i) const {
  const int64_t first_channel = i % channel_parts_ * channels_;
  i /= channel_parts_;
  const int64_t column = i % column_bands_ * columns_;
  i /= column_bands_;
  const int64_t row = i % row_bands_ * rows_;
  const Band band{i / row_bands_, row, std::min(rows_, g_.out_height - row), column, std::min(columns_, g_.out_width - column)};
  return {band, first_channel, std::min(channels_, g_.out_channels - first_channel)};
}

}  // namespace onebit
