#pragma once
// The output transform and the forms of output of src/transform.ts. Rows are [out_channels] with room for a multiple of four.

#include "simd.h"

namespace onebit {

enum class Activation : int32_t { kNone, kPrelu, kRprelu, kClip };
enum class Output : int32_t { kDots, kFloat32, kInt8, kBits };
enum class ResidualPosition : int32_t { kNone, kBefore, kAfter };

/// Comparison of one channel: bit 1 where !(x ^ sign >= value), or x ^ sign > value. A flipped comparison is the plain one of negated numbers.
struct Thresholds {
  const float* values;   // [C], negated where flipped
  const int32_t* signs;  // [C], the sign bit where flipped, else 0
};

/// As the JavaScript side writes it, field by field (src/wasm/descriptor.ts).
struct Transform {
  const float* offset;  // [O] or null
  Activation activation;
  const float* slope;      // [O]
  const float* shift_in;   // [O]
  const float* shift_out;  // [O]
  float low, high;
  ResidualPosition residual_position;
  const float* residual;  // [N, H', W', O]
  Output output;
  void* y;
  int32_t zero_one;  // bits: levels
  Thresholds thresholds;
  float inverse_step;
  float zero_point;
};

/// Packs a row of `channels` floats into words; bits beyond are 0.
void pack_row(const float* from, int32_t channels, const Thresholds& thresholds, bool zero_one, int32_t* words);

/// Transforms `values`, the sums of the terms for one output pixel, in place and writes the pixel's output.
void finish_row(const Transform& transform, int32_t pixel, int32_t channels, float* values);

}  // namespace onebit
