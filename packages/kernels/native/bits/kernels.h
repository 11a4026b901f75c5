#pragma once
// The inner loops over packed bits, one table per kernel set. An instruction set's file (scalar.cc, neon.cc, avx2.cc, avx512.cc) defines kWidth, 32-bit lanes
// per vector, includes lanes.inc (vector types FVec, IVec, BVec), defines
//   Mask                    what a comparison of FVecs gives: IVec of 0 and -1, or one bit per lane
//   not_at_least(a, b)      !(a >= b) per lane, so true where one is NaN
//   above(a, b)             a > b
//   bits_of(mask)           lane i as bit i of a uint32_t
//   with_bit(words, m, b)   words, with bit b set in the lanes of m
//   Part(count)             access to the first 0 < count < kWidth lanes: load(from) leaves anything in the others, store(to, values)
//   spread(bits)            bit i of kWidth / 2 bytes as 0 or 255 in byte i
// and then includes pack.inc and the rest of the .inc files, which hold the kernels, and table.inc.

#include <cstdint>

#include "bits/pack.h"

namespace onebit {

enum BitOperation { kAnd = 0, kOr = 1, kXor = 2 };
/// to[p * words + w] = with[p * words + w] op x[p * step + w] for `pixels` runs of `words` words; `to` may be `with`.
using Combine = void (*)(const int32_t* x, int64_t step, int64_t words, int64_t pixels, const int32_t* with, int32_t* to);

/// count_bits works on this many words at a time: a multiple of every kWidth.
constexpr int64_t kCountLanes = 16;

/// start[p * start_stride + c] + bases[p] + weight * counts[p * counts_stride + c]
struct CountSum {
  const int32_t* start;
  int64_t start_stride;
  const int32_t* bases;
  int32_t weight;
  const uint8_t* counts;
  int64_t counts_stride;
};

struct BitsKernels {
  /// As pack_pixels, pack_mask and unpack_pixels of pack.h.
  void (*pack)(const float* x, int64_t stride, int64_t channels, int64_t pixels, Levels levels, const BitThreshold& threshold, int32_t* words);
  void (*pack_mask)(const float* x, int64_t channels, int64_t pixels, bool open, int32_t* words);
  void (*unpack)(const int32_t* words, int64_t channels, int64_t pixels, Levels levels, float* x);
  /// Signs of `rows` <= 32 rows of floats, `stride` apart: bit r of words[j * step] is that of row r, column j < columns.
  void (*pack_columns)(const float* from, int64_t stride, int64_t rows, int64_t columns, int32_t* words, int64_t step);
  Combine combine[3];  // by BitOperation
  /// counts[32 * w + b] = in how many of `rows` <= 255 rows bit b of word w is set. Rows are `stride` words long, a multiple of kCountLanes.
  void (*count_bits)(const int32_t* bits, int64_t stride, int64_t rows, uint8_t* counts);
  /// dots[p * dots_stride + c] from counts, for c < channels and p < pixels.
  void (*add_counts)(const CountSum& sum, int64_t channels, int64_t pixels, int32_t* dots, int64_t dots_stride);
  /// values[p * values_stride + c] = scale[c] * dots[p * channels + c]; a null scale means 1.
  void (*scale_dots)(const int32_t* dots, const float* scale, int64_t channels, int64_t pixels, float* values, int64_t values_stride);
};

extern const BitsKernels kBitsScalar;
#if defined(__x86_64__)
extern const BitsKernels kBitsAvx2;
extern const BitsKernels kBitsAvx512;
#elif defined(__aarch64__)
extern const BitsKernels kBitsNeon;
#endif

/// Those of kernel_set() (dispatch.h).
const BitsKernels& bits_kernels();

}  // namespace onebit
