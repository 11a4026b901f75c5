#pragma once
// The innermost loops of the int8 convolution, one table per kernel set.

#include <cstdint>

#include "binary/transform.h"

namespace onebit {

/// A piece of the depth that lies together in the copied image, in bytes and 32-bit words; the last word may reach beyond it, onto weights of 0.
struct WordRun {
  int64_t offset, words;
};

/// Some neighbouring output pixels times the channels of a sliver. Row r reads words at `image` + r * row_step, rows from the eighth on at
/// `image` + eighth_row + (r - 7) * row_step, so that a tile may hold two lines of seven pixels.
struct Int8Tile {
  const char* image;
  int64_t row_step, eighth_row;  // bytes
  const WordRun* runs;
  int64_t run_count;
  const void* weights;         // [words][vectors * width][elements of a word]
  const int32_t* correction;  // added to the sums, of this sliver, padded to whole vectors
  const float* scale;         // [O]
  const OutputTransform* transform;
  const BinaryOutput* output;  // kDots, kFloat32 or kInt8
  int64_t pixel;               // index of the first row in the output
  int64_t channel, channels;   // columns [channel, channel + channels)
  int64_t total_channels;
};

struct Int8Kernels {
  int width;              // channels of a vector
  int max_rows;           // of a tile
  int element_bytes;      // of copied activations and weights: 1, 2 or 4; a word holds 4 / element_bytes of them
  bool offset_elements;   // activations are copied as x + 128, unsigned; else as x - zeroPoint
  /// tile[rows - 1][vectors - 1], vectors 1 or 2.
  void (*tile[14][2])(const Int8Tile& tile);
  /// to[i] = from[i] + offset, i < n, as elements.
  void (*widen)(const int8_t* from, int64_t n, int32_t offset, void* to);
  void (*quantize)(const float* x, int64_t n, float inverse_step, int32_t zero_point, int8_t* y);
  void (*dequantize)(const int8_t* x, int64_t n, float step, int32_t zero_point, float* y);
  /// y = max(y, x)
  void (*take_larger)(const int8_t* x, int64_t n, int8_t* y);
  /// y = quantize((a - zero_a) * step_a + (b - zero_b) * step_b)
  void (*add)(const int8_t* a, const int8_t* b, int64_t n, const struct Int8Sum& sum, int8_t* y);
};

struct Int8Sum {
  float step_a, step_b;
  int32_t zero_a, zero_b;
  float inverse_step;
  int32_t zero_point;
};

const Int8Kernels& int8_scalar();
const Int8Kernels& int8_avx2();
const Int8Kernels& int8_avx512();
const Int8Kernels& int8_avx512_vnni();
/// Those of the active kernel set.
const Int8Kernels& int8_kernels();

}  // namespace onebit
