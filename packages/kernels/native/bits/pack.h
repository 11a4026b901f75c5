#pragma once
// Floats to bits and back. Arrays must have the sizes the parameters say. pack_filter spreads over the threads; the others run on the caller's,
// which hands out pixels.

#include <cstdint>

#include "bits/levels.h"

namespace onebit {

/// What the floats of each channel are compared with.
struct BitThreshold {
  const float* values = nullptr;  // [channels]; null means 0
  const uint8_t* flip = nullptr;  // [channels], 1 where the comparison is turned round; null means nowhere. Only with values.
};

/// `pixels` runs of `channels` floats, `stride` apart, to words_for(channels) words each. kPm1: bit 1 where !(x >= t), turned round !(x <= t);
/// kZeroOne: bit 1 where x > t, turned round x < t.
void pack_pixels(const float* x, int64_t stride, int64_t channels, int64_t pixels, Levels levels, const BitThreshold& threshold, int32_t* words);

/// Bit 1 where |x| <= 1, or |x| < 1 if `open`; x dense.
void pack_mask(const float* x, int64_t channels, int64_t pixels, bool open, int32_t* words);

/// Inverse of pack_pixels with threshold 0, dense.
void unpack_pixels(const int32_t* words, int64_t channels, int64_t pixels, Levels levels, float* x);

/// Signs of `columns` columns of a matrix [taps * channels, stride] to [columns, taps, words_for(channels)].
void pack_filter(const float* filter, int64_t stride, int64_t taps, int64_t channels, int64_t columns, int32_t* words);

}  // namespace onebit
