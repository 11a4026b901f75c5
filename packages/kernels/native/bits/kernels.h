#pragma once
// The inner loops over packed bits, one table per kernel set. An instruction set's file (scalar.cc, avx2.cc, avx512.cc) defines kWidth, 32-bit lanes
// per vector, includes lanes.inc (vector types FVec, IVec), defines
//   Mask                    what a comparison of FVecs gives: IVec of 0 and -1, or one bit per lane
//   not_at_least(a, b)      !(a >= b) per lane, so true where one is NaN
//   above(a, b)             a > b
//   bits_of(mask)           lane i as bit i of a uint32_t
//   with_bit(words, m, b)   words, with bit b set in the lanes of m
//   Part(count)             access to the first `count` < kWidth lanes: load(from) leaves anything in the others, store(to, values)
// and then includes pack.inc and the rest of the .inc files, which hold the kernels, and table.inc.

#include <cstdint>

#include "bits/pack.h"

namespace onebit {

struct BitsKernels {
  /// As pack_pixels, pack_mask and unpack_pixels of pack.h.
  void (*pack)(const float* x, int64_t stride, int64_t channels, int64_t pixels, Levels levels, const BitThreshold& threshold, int32_t* words);
  void (*pack_mask)(const float* x, int64_t channels, int64_t pixels, bool open, int32_t* words);
  void (*unpack)(const int32_t* words, int64_t channels, int64_t pixels, Levels levels, float* x);
  /// Signs of `rows` <= 32 rows of floats, `stride` apart: bit r of words[j * step] is that of row r, column j < columns.
  void (*pack_columns)(const float* from, int64_t stride, int64_t rows, int64_t columns, int32_t* words, int64_t step);
};

extern const BitsKernels kBitsScalar;
#if defined(__x86_64__)
extern const BitsKernels kBitsAvx2;
extern const BitsKernels kBitsAvx512;
#endif

/// Those of kernel_set() (dispatch.h).
const BitsKernels& bits_kernels();

}  // namespace onebit
