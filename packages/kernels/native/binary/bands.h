#pragma once
// How a convolution is cut into pieces that threads take one by one.

#include <cstdint>

#include "bit_planes.h"
#include "conv/geometry.h"

namespace onebit {

/// Output channels that fill a packed word, and so every vector.
constexpr int64_t kPackedChannels = 32;

/// Output channels [first, first + count) of the pixels of a band.
struct Piece {
  Band band;
  int64_t first_channel, channels;
};

class Pieces {
 public:
  /// inputs: different x among the terms of the sum. A piece has at most `most_channels` channels, a multiple of `channel_unit`, itself one of
  /// kPackedChannels.
  Pieces(const Conv2dGeometry& g, int64_t inputs, int64_t threads, int64_t channel_unit, int64_t most_channels);

  int64_t count() const { return g_.batch * row_bands_ * column_bands_ * channel_parts_; }
  Piece operator[](int64_t i) const;

 private:
  const Conv2dGeometry& g_;
  int64_t rows_, columns_;  // of a band
  int64_t row_bands_, column_bands_, channel_parts_, channels_;
};

}  // namespace onebit
