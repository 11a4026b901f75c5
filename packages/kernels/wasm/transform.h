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

/// Writes one output pixel's values where they do not go out as they are: int8 and bits.
void write_row(const Transform& transform, int32_t pixel, int32_t channels, const float* values);

inline F32x4 prelu(F32x4 v, F32x4 slope) { return select(v >= F32x4{}, v, slope * v); }

inline F32x4 activate(const Transform& t, F32x4 v, int32_t o) {
  switch (t.activation) {
    case Activation::kNone:
      return v;
    case Activation::kPrelu:
      return prelu(v, load(t.slope + o));
    case Activation::kRprelu:
      return prelu(v - load(t.shift_in + o), load(t.slope + o)) + load(t.shift_out + o);
    case Activation::kClip: {
      const F32x4 low = splat(t.low), high = splat(t.high);
      v = select(v < low, low, v);
      return select(v > high, high, v);
    }
  }
}

/// Everything of the transform but the offset.
inline F32x4 activate_with_residual(const Transform& t, F32x4 v, const float* residual, int32_t o) {
  if (t.residual_position == ResidualPosition::kBefore) v += load(residual + o);
  v = activate(t, v, o);
  return t.residual_position == ResidualPosition::kAfter ? v + load(residual + o) : v;
}

/// Transforms and writes one output pixel; `sum(o)` gives the sums of the terms of four channels. `values` is room for one row.
template <typename Sum>
inline void finish_row(const Transform& t, int32_t pixel, int32_t channels, float* values, const Sum& sum) {
  const float *offset = t.offset, *residual = t.residual + pixel * channels;
  float* y = t.output == Output::kFloat32 ? static_cast<float*>(t.y) + pixel * channels : values;
  // Batch normalization alone, the usual case, has a loop without questions: they would cost as much as the arithmetic.
  if (t.activation == Activation::kNone && t.residual_position == ResidualPosition::kNone && offset != nullptr) {
    for (int32_t o = 0; o < channels; o += kLanes) store(y + o, sum(o) + load(offset + o), channels - o);
  } else {
    for (int32_t o = 0; o < channels; o += kLanes) {
      const F32x4 v = offset == nullptr ? sum(o) : sum(o) + load(offset + o);
      store(y + o, activate_with_residual(t, v, residual, o), channels - o);
    }
  }
  if (t.output != Output::kFloat32) write_row(t, pixel, channels, values);
}

}  // namespace onebit
