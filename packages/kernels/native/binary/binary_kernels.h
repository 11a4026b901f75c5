#pragma once
// The innermost loops over packed bits, one table per kernel set. A word holds 32 channels; one lane of a vector counts for one output channel, so
// the same blocking as for floats (conv/gemm_kernels.h) serves bits, with words in the place of floats.

#include <cstdint>

#include "bits/levels.h"

namespace onebit {

/// What a tile does with its counts. Row arrays are indexed from the tile's first row.
struct TileTarget {
  int32_t* counts;     // [rows, columns of one sliver], between blocks of depth; unused when first and last
  bool first, last;    // block of depth
  void* const* rows;   // last: y rows, float or int32
  bool as_float;       // last: y = scale * dot as float, else the dot product
  const float* scale;  // per column, null means 1
  /// last: dot = constants[row] + corrections[row][column] - 2 * count
  const int32_t* constants;
  const int32_t* const* corrections;  // a row's null means 0
};

/// Counts popcount(a op b) for a tile; b is a sliver of `vectors * width` words per word of depth, `column` its first column, `columns` <= sliver.
/// Row r of A begins at a + r * kAStride (conv/gemm_kernels.h).
using BinaryTile = void (*)(int64_t depth, const int32_t* a, const int32_t* b, const TileTarget& target, int64_t column,
                            int64_t columns);

constexpr int kMaxBinaryRows = 10;

struct BinaryKernels {
  int width;
  int max_rows;
  /// tile[op][rows - 1][vectors - 1]; op 0 = xor, 1 = and.
  BinaryTile tile[2][kMaxBinaryRows][2];
  /// Floats to bits: `pixels` runs of `channels` floats, `stride` apart, to ceil(channels / 32) words each. Bit 1 where !(x >= 0); zero_one: x > 0.
  void (*pack)(const float* from, int64_t stride, int64_t channels, int64_t pixels, bool zero_one, int32_t* words);
  /// Inverse of pack, dense.
  void (*unpack)(const int32_t* words, int64_t channels, int64_t pixels, bool zero_one, float* to);
  /// Signs of a float matrix [taps * channels, stride] to a sliver: to[(tap * wordsFor(channels) + w) * sliver + j] holds channels 32 w ... of
  /// column j < columns, 0 beyond.
  void (*pack_filter)(const float* from, int64_t stride, int64_t taps, int64_t channels, int64_t columns, int64_t sliver, int32_t* to);
  /// Number of set bits.
  int64_t (*count_bits)(const int32_t* words, int64_t count);
};

const BinaryKernels& binary_scalar();
const BinaryKernels& binary_avx2();
const BinaryKernels& binary_avx512();
/// Those of the active kernel set; AVX-512 without VPOPCNTDQ counts with the AVX2 kernels.
const BinaryKernels& binary_kernels();

}  // namespace onebit
